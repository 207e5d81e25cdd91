"use strict";
// What a page can do beside being read: remember a theme, copy a reference, load the original posts.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem("theme", theme); } catch { /* private mode: for this page only */ } };
  const toggle = document.querySelector("[data-theme-toggle]");
  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    toggle?.setAttribute("aria-pressed", String((theme || (dark.matches ? "dark" : "light")) === "dark"));
  };
  show(kept());
  dark.addEventListener("change", () => show(kept()));
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
      const theme = toggle.getAttribute("aria-pressed") === "true" ? "light" : "dark";
      keep(theme);
      show(theme);
    });
  }

  if (navigator.clipboard) {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.parentElement.querySelector("pre").textContent);
        button.textContent = "Copied";
      });
    }
  }

  // Nothing is asked of another site before this click.
  const scripts = { x: "https://platform.twitter.com/widgets.js", bluesky: "https://embed.bsky.app/static/embed.js" };
  const names = { x: "X", bluesky: "Bluesky" };
  const embeds = document.querySelector("[data-embeds]");
  const sources = [...new Set([...document.querySelectorAll("[data-embed]")].map((card) => card.dataset.embed))];
  if (embeds && sources.length) {
    const told = embeds.parentElement.querySelector("[role=status]");
    embeds.textContent += ` from ${sources.map((source) => names[source]).join(" and ")}`;
    embeds.parentElement.hidden = false;
    const load = (source) => new Promise((loaded, failed) => {
      const script = document.createElement("script");
      Object.assign(script, { src: scripts[source], onload: loaded, onerror: failed });
      document.body.append(script);
    });
    embeds.addEventListener("click", async () => {
      const isDark = (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
      if (isDark) for (const post of document.querySelectorAll(".twitter-tweet")) post.dataset.theme = "dark";
      told.textContent = "Loading …";
      const answers = await Promise.allSettled(sources.map(load));
      const lost = sources.filter((_, at) => answers[at].status === "rejected").map((source) => names[source]);
      told.textContent = lost.length ? `${lost.join(" and ")} could not be loaded.` : "Loaded.";
      embeds.hidden = !lost.length;
    });
  }
})();
