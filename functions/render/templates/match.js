"use strict";
// Which papers of a month answer a query; knows nothing of the page, so that node can run it (docs/search.md).

const LETTERS = { ł: "l", ø: "o", đ: "d", ħ: "h", ı: "i", æ: "ae", œ: "oe", ß: "ss", ς: "σ" };
const WORD = /[\p{L}\p{N}]+(\+\+|#(?![\p{L}\p{N}_]))?/gu;
// Categories and identifiers are words as they are spelled: their halves alone would be everywhere.
const NAME = /^((cs|econ|eess|math|nlin|physics|stat|[a-z]+-[a-z]+)\.[a-z-]*|\d{4}\.\d+|[a-z-]+\/\d+)$/i;
// What a word is worth in a title, an author's name, a category and an abstract.
const WORTH = [64, 16, 4, 1];

// The same words as in search.py. Most texts are ASCII, and classes of Unicode cost ten times as much at first.
function words(text) {
  if (!/[^\0-\x7f]/.test(text)) return text.toLowerCase().match(/[a-z\d]+(\+\+|#(?!\w))?/g) || [];
  const bare = text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
  return bare.replace(/[łøđħıæœßς]/g, (one) => LETTERS[one]).match(WORD) || [];
}

const spaced = (text) => ` ${words(text).join(" ")} `;

// A query's terms: one word, or those of a phrase. The last is open while it is being typed.
function parse(text, stop) {
  // Addresses on arXiv and versions of papers are pasted.
  const query = text.replace(/(https?:\/\/)?(www\.)?arxiv\.org\/(abs|pdf|html)\/|\barxiv:/gi, "").replace(/(\d{4}\.\d{4,5})(v\d+)?(\.pdf)?/g, "$1");
  const all = [];
  for (const [, phrase, piece] of query.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const list = NAME.test(piece) ? [piece.toLowerCase()] : words(piece || phrase);
    if (piece) for (const word of list) all.push({ list: [word] });
    else if (list.length) all.push({ list, isPhrase: true });
  }
  const [last] = all.slice(-1);
  if (last) last.isOpen = !/[\s"]$/.test(query);
  const telling = all.filter(({ list, isPhrase }) => isPhrase || !stop.has(list[0]));
  return telling.length ? telling : all;
}

const ready = ({ papers, words: vocabulary, lists }) => ({ papers, vocabulary: vocabulary.split(" "), lists });

// What a word, or each with such a beginning, is worth in each paper. The vocabulary is sorted.
function worths({ papers, vocabulary, lists }, word, isOpen) {
  const all = new Uint16Array(papers.length);
  let low = 0, high = lists.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (vocabulary[middle] < word) low = middle + 1;
    else high = middle;
  }
  for (; low < lists.length && (isOpen ? vocabulary[low].startsWith(word) : vocabulary[low] === word); low++) {
    let one = 0;
    for (const step of lists[low]) {
      one += step;
      all[one >> 2] = Math.max(all[one >> 2], WORTH[one & 3]);
    }
  }
  return all;
}

// What is worth nothing in one is worth nothing in both.
const both = (one, other) => one.map((worth, at) => worth && other[at] && worth + other[at]);

function phrase(month, { list, isOpen }) {
  const text = ` ${list.join(" ")}${isOpen ? "" : " "}`;
  const all = list.map((word, at) => worths(month, word, isOpen && at === list.length - 1)).reduce(both);
  return all.map((worth, at) => {
    const [, , title, authors] = month.papers[at];
    if (!worth) return 0;
    return spaced(title).includes(text) ? WORTH[0] : authors.some((one) => spaced(one).includes(text)) && WORTH[1];
  });
}

// The papers of a month with all terms.
function find(month, terms) {
  const all = terms.map((term) => term.isPhrase ? phrase(month, term) : worths(month, term.list[0], term.isOpen));
  const hits = [];
  if (all.length) all.reduce(both).forEach((worth, at) => worth && hits.push({ row: month.papers[at], worth }));
  return hits;
}

// The first of all hits: those worth most, then with the highest score, then of the newest day.
function best(hits, limit) {
  // Tens of thousands as numbers are sorted within a key press, as objects they are not.
  const key = ({ worth, row }) => worth * 1e9 + row[5];
  const least = Float64Array.from(hits, key).sort()[Math.max(0, hits.length - limit)];
  const order = (a, b) => key(b) - key(a) || (a.row[1] < b.row[1] ? 1 : -1);
  return hits.filter((hit) => key(hit) >= least).sort(order).slice(0, limit);
}

// A text in parts, as it is written, each with whether it is a word that was asked for.
function parts(text, terms) {
  const isHit = (word) => terms.some(({ list, isOpen }) =>
    list.includes(word) || (isOpen && word.startsWith(list[list.length - 1])));
  const split = text.split(/((?:[a-z\d]|[^\0-\x7f])+(?:\+\+|#)?)/i);
  return split.map((part, at) => [part, at % 2 === 1 && words(part).some(isHit)]);
}

// In a browser these are global already.
if (typeof module === "object") module.exports = { words, parse, ready, find, best, parts };
