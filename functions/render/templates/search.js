"use strict";
// The search page. Asks match.js about the files of months, and shows them as text, never as HTML.

// It goes on to a few papers, and within a year to a full list.
const FEW = 10, LIST = 50, YEAR = 12, NAMES = 5;

function make(tag, values, ...content) {
  const made = Object.assign(document.createElement(tag), values);
  made.append(...content);
  return made;
}

const marked = (text, terms) =>
  parts(text, terms).map(([part, isHit]) => isHit ? make("mark", {}, part) : part);

function item([id, date, title, authors, categories, score], terms) {
  const named = (from, to) => marked(authors.slice(from, to).join(", "), terms);
  let names = make("p", { className: "authors", dir: "auto" }, ...named(0, NAMES));
  if (authors.length > NAMES) {
    const more = make("span", { className: "more" }, ` and ${authors.length - NAMES} more`);
    const rest = make("p", {}, ...named(NAMES));
    const first = make("summary", {}, ...named(0, NAMES), more);
    names = make("details", { className: "authors", dir: "auto", open: rest.querySelector("mark") }, first, rest);
  }
  const href = `${date}.html#${id.replace("/", "-")}`;
  // toLocaleString costs 20 ms at first.
  const points = `${Math.round(score)}`.replace(/\B(?=(...)+$)/g, ",");
  const links = make("p", { className: "links" }, `${date}, score ${points} · `);
  for (const one of categories)
    links.append(make("a", { className: "category", href: `category/${one}.html` }, ...marked(one, terms)), " ");
  const link = make("a", { href, dir: "auto" }, ...marked(title, terms));
  return make("li", { className: "paper" }, make("h2", {}, link), names, links);
}

function start() {
  const [form, input, found, reach, list, more] =
    ["form.search", "#q", "#found", "#reach", "#results", "#more"].map((one) => document.querySelector(one));
  const files = {}, months = [];
  const titles = () => list.querySelectorAll("h2 a");
  let turn = 0, limit, horizon, timer, isEntered;

  // What was loaded is kept, what failed is asked for again.
  async function load(name) {
    const answer = await fetch(`search/${name}.json`);
    if (!answer.ok) throw Error(answer.status);
    const data = await answer.json();
    if (data.v !== 1) throw Error("reload this page");
    return data.months ? data : ready(data);
  }
  const get = (name) => files[name] || (files[name] = load(name).catch(({ message }) => {
    delete files[name];
    throw Error(`search/${name}.json could not be loaded (${message}).`);
  }));

  async function search(isMore) {
    const mine = ++turn, hits = [];
    limit = isMore ? limit + LIST : LIST;
    horizon = isMore ? months.length + YEAR : YEAR;
    let terms = [], all = [], drawn;

    function show(isDone, problem = "") {
      if (drawn !== hits.length) {
        drawn = hits.length;
        const { href } = document.activeElement;
        list.replaceChildren(...best(hits, limit).map(({ row }) => item(row, terms)));
        // The reader stays where they were.
        for (const link of titles()) if (link.href === href) link.focus();
      }
      const count = `${drawn || "No"} paper${drawn === 1 ? "" : "s"} found.`;
      const told = `${terms.length && (drawn || isDone) ? count : ""} ${problem}`.trim();
      // Setting it again would have it read out again.
      if (found.textContent !== told) found.textContent = told;
      reach.textContent = terms.length ? `Searched: ${months.length} of ${all.length} months.` : "";
      const isLonger = drawn > limit, isOlder = terms.length && months.length < all.length;
      more.textContent = problem ? "Try again" : isLonger ? "Show more" : "Search older months";
      more.hidden = !(problem || (isDone && (isLonger || isOlder)));
    }

    try {
      const index = await get("index");
      if (mine !== turn) return;
      all = index.months;
      terms = parse(input.value, new Set(index.stop.split(" ")));
      const isWanted = (at) => hits.length < FEW || (hits.length < limit && at < horizon);
      // The newest month is there before the first key is pressed.
      for (let at = 0; at < all.length && (!at || months[at] || (terms.length && isWanted(at))); at++) {
        if (at && !months[at]) {
          show(false);
          await new Promise((resolve) => (window.requestIdleCallback || setTimeout)(resolve, { timeout: 300 }));
          if (mine !== turn) return;
        }
        if (!months[at]) months[at] = await get(all[at][0]);
        if (mine !== turn) return;
        hits.push(...find(months[at], terms));
      }
      show(true);
    } catch (error) {
      if (mine === turn) show(true, error.message);
    }
  }

  const asked = () => new URLSearchParams(location.search).get("q") || "";

  function changed() {
    clearTimeout(timer);
    const query = input.value.trim();
    if (query !== asked()) {
      // What was entered stays in the history. Safari throws after a hundred changes in half a minute.
      const url = query ? `?q=${encodeURIComponent(query)}` : location.pathname;
      try { history[isEntered ? "pushState" : "replaceState"](null, "", url); } catch {}
      isEntered = false;
    }
    search();
  }

  function restore() {
    input.value = asked();
    search();
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(changed, 80);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    changed();
    isEntered = true;
  });
  more.addEventListener("click", () => search(true));
  addEventListener("popstate", restore);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const stops = [input, ...titles()];
    const at = stops.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1 && stops[at + 1], ArrowUp: stops[at - 1] }[event.key];
    if (next) next.focus();
    else if (event.key === "/" && !event.target.matches("input")) input.focus();
    else if (event.key === "Escape" && input.value) {
      input.value = "";
      input.focus();
      changed();
    } else return;
    event.preventDefault();
  });

  form.hidden = false;
  // Something may have been typed before this ran.
  if (asked()) restore();
  else changed();
}

start();
