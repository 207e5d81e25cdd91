// Posts have "&lt;" for "<", also in formulas, where Markdown's entities do not count: KaTeX wants "<".
const plain = (text) => text.replaceAll("&lt;", "<").replaceAll("&amp;", "&");

function mend(node) {
  if (node.type === "inlineMath" || node.type === "math") {
    node.value = plain(node.value);
    for (const child of node.data?.hChildren ?? []) {
      if (child.type === "text") child.value = plain(child.value);
      for (const text of child.children ?? []) text.value = plain(text.value);
    }
  }
  node.children?.forEach(mend);
}

export const formulas = () => mend;
