"use strict";
// Which papers of a month answer a query; knows nothing of the page, so that node can run it (docs/search.md).

const LETTERS = { ł: "l", ø: "o", đ: "d", ħ: "h", ı: "i", æ: "ae", œ: "oe", ß: "ss", ς: "σ" };
const CATEGORY = /^(cs|econ|eess|math|nlin|physics|stat|[a-z]+-[a-z]+)\.[a-z-]*$/i;
const WORD = /[\p{L}\p{N}]+(\+\+|#(?![\p{L}\p{N}_]))?/gu;

// The same words as in search.py.
function words(text) {
  const bare = text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
  return bare.replace(/[łøđħıæœßς]/g, (one) => LETTERS[one]).match(WORD) || [];
}

const spaced = (...texts) => ` ${texts.map((text) => words(text).join(" ")).join(" | ")} `;

// A query's terms: `text` stands in what has them; of the one being typed it is a beginning.
function parse(query, stop) {
  const all = [];
  for (const [, phrase, piece] of query.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const parts = !piece ? [spaced(phrase).trim()] : CATEGORY.test(piece) ? [piece.toLowerCase()] : words(piece);
    for (const word of parts) if (word) all.push({ word, text: ` ${word} `, isPhrase: !piece });
  }
  const [last] = all.slice(-1);
  if (last && !/[\s"]$/.test(query)) Object.assign(last, { text: ` ${last.word}`, isOpen: true });
  const telling = all.filter(({ word, isPhrase }) => isPhrase || !stop.has(word));
  return telling.length ? telling : all;
}

const ready = ({ papers, words: vocabulary, lists }) => ({
  vocabulary: vocabulary.split(" "),
  lists,
  papers: papers.map((row) => ({
    row,
    texts: [spaced(row[2]), spaced(...row[3]), `${spaced(row[0], ...row[4])}${row[4].join(" ")} `.toLowerCase()],
  })),
});

// Marks the papers of a month with a word in their abstracts. The vocabulary is sorted.
function having({ papers, vocabulary, lists }, { word, isOpen }) {
  const has = new Uint8Array(papers.length);
  let low = 0, high = lists.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (vocabulary[middle] < word) low = middle + 1;
    else high = middle;
  }
  for (; low < lists.length && (isOpen ? vocabulary[low].startsWith(word) : vocabulary[low] === word); low++)
    for (const number of lists[low]) has[number] = 1;
  return has;
}

// The papers with all terms, by the best place of each: title, authors, categories, abstract.
function find(month, terms) {
  const abstracts = terms.map((term) => having(month, term));
  return month.papers.flatMap(({ row, texts }, number) => {
    let weight = 0;
    for (const [at, { text, isPhrase }] of terms.entries()) {
      const place = texts.findIndex((one) => one.includes(text));
      if (place >= 0 && place < (isPhrase ? 2 : 3)) weight += 4 ** (3 - place);
      else if (!isPhrase && abstracts[at][number]) weight++;
      else return [];
    }
    return { row, weight };
  });
}

// The best place first, then the highest score, then the newest day.
function order(a, b) {
  return b.weight - a.weight || b.row[5] - a.row[5] || (a.row[1] < b.row[1] ? 1 : -1);
}

// A text in parts, as it is written, each with whether it is a word that was asked for.
function parts(text, terms) {
  const isHit = (word) => terms.some(({ text: own, isOpen }) =>
    own.includes(` ${word} `) || (isOpen && ` ${word}`.startsWith(own.slice(own.lastIndexOf(" ")))));
  const split = text.split(/([\p{L}\p{N}\p{M}]+(?:\+\+|#)?)/u);
  return split.map((part, at) => [part, at % 2 === 1 && words(part).some(isHit)]);
}

// In a browser these are global already.
if (typeof module === "object") module.exports = { words, parse, ready, find, order, parts };
