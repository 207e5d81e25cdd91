import { unified } from "@astrojs/markdown-remark";
import { defineConfig } from "astro/config";
import rehypeKatex from "rehype-katex";
import remarkMath from "remark-math";
import { formulas } from "./formulas.mjs";

export default defineConfig({
  site: "https://blog.example.org",
  markdown: {
    processor: unified({
      remarkPlugins: [remarkMath, formulas],
      rehypePlugins: [rehypeKatex],
      gfm: false, // "~" is a space in TeX, not struck out
      smartypants: false,
    }),
  },
});
