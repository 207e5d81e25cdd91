"use strict";
// Searches files of months, the newest first (docs/search.md). What they hold becomes text, never HTML.

const LETTERS = { ł: "l", ø: "o", đ: "d", ħ: "h", ı: "i", æ: "ae", œ: "oe", ß: "ss", ς: "σ" };
const CATEGORY = /^(cs|econ|eess|math|nlin|physics|stat|[a-z]+-[a-z]+)\.[a-z-]*$/i;
const FEW = 10, STEP = 50, YEAR = 12;

// The same words as search.py makes.
function words(text) {
  const bare = text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
  return bare.replace(/[łøđħıæœßς]/g, (one) => LETTERS[one]).match(/[\p{L}\p{N}]+(\+\+|#(?![\p{L}\p{N}_]))?/gu) || [];
}

// A query's terms; `text` stands in what has them, without its end while the last one is being typed.
function parse(query, stop) {
  const all = [];
  for (const [, phrase, piece] of query.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const list = CATEGORY.test(piece) ? [piece.toLowerCase()] : words(phrase ?? piece);
    const parts = piece || !list[0] ? list : [list.join(" ")];
    all.push(...parts.map((word) => ({ word, text: ` ${word} `, isPhrase: !piece })));
  }
  const last = all[all.length - 1];
  if (last && !/[\s"]$/.test(query)) Object.assign(last, { text: ` ${last.word}`, isOpen: true });
  const telling = all.filter(({ word, isPhrase }) => isPhrase || !stop.has(word));
  return telling.length ? telling : all;
}

function ready({ papers, words: vocabulary, lists }) {
  const texts = ([id, , title, authors, categories]) => [
    ` ${words(title).join(" ")} `,
    ` ${authors.map((name) => words(name).join(" ")).join(" | ")} `,
    ` ${words(`${categories} ${id}`).join(" ")} ${categories.join(" ").toLowerCase()} `,
  ];
  return { papers: papers.map((row) => ({ row, texts: texts(row) })), vocabulary: vocabulary.split(" "), lists };
}

// Marks a month's papers with a word in their abstracts; the vocabulary is sorted.
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

// The papers with all terms. Of each the best place counts: title, authors, categories, abstract.
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

const order = (a, b) => b.weight - a.weight || b.row[5] - a.row[5] || (a.row[1] < b.row[1] ? 1 : -1);

function make(tag, values, ...content) {
  const made = Object.assign(document.createElement(tag), values);
  made.append(...content);
  return made;
}

function marked(text, terms) {
  const isHit = (word) => terms.some(({ text: own, isOpen }) =>
    own.includes(` ${word} `) || (isOpen && ` ${word}`.startsWith(own.slice(own.lastIndexOf(" ")))));
  return text.split(/([\p{L}\p{N}\p{M}]+(?:\+\+|#)?|[a-z-]+\.[A-Z-]+)/u).map((part, at) =>
    at % 2 && [part.toLowerCase(), ...words(part)].some(isHit) ? make("mark", {}, part) : part);
}

function item([id, date, title, names, categories, score], terms) {
  const href = `${date}.html#${id.replace("/", "-")}`;
  const authors = (from, to) => marked(names.slice(from, to).join(", "), terms);
  const rest = make("details", {}, make("summary", {}, `and ${names.length - 5} more`), ...authors(5));
  rest.open = rest.querySelector("mark");
  return make("li", { className: "paper" },
    make("h2", {}, make("a", { href, dir: "auto" }, ...marked(title, terms))),
    make("p", { className: "authors", dir: "auto" }, ...authors(0, 5)), ...(names[5] ? [rest] : []),
    make("p", { className: "links" }, `${date}, score ${score.toLocaleString("en")} `, ...categories.map((one) =>
      make("a", { className: "category", href: `category/${one}.html` }, ...marked(one, terms)), )));
}

function start() {
  const [form, input, found, reach, list, more] =
    ["form.search", "#q", "#found", "#reach", "#results", "#more"].map((one) => document.querySelector(one));
  const files = {}, months = [];
  let turn = 0, limit, horizon, isEntered, timer;

  // What failed is asked for again the next time.
  const get = (name) => files[name] ||= fetch(`search/${name}.json`).then(async (answer) => {
    if (!answer.ok) throw Error(answer.status);
    const data = await answer.json();
    if (data.v !== 1) throw Error("reload this page");
    return data.stop ? data : ready(data);
  }).catch((error) => {
    delete files[name];
    throw Error(`search/${name}.json could not be loaded (${error.message})`);
  });

  async function search() {
    const mine = ++turn;
    let hits = [], all = [], terms = [];
    try {
      const index = await get("index");
      if (mine !== turn) return;
    } catch (error) {
    }
  }
}
