// Posts have "&lt;" for "<", also in formulas, where Markdown's entities do not count: KaTeX wants "<".
function mend(node) {
  if (node.type === "inlineMath" || node.type === "math") {
    node.value = node.value.replaceAll("&lt;", "<").replaceAll("&amp;", "&");
  }
  node.children?.forEach(mend);
}

module.exports = ({ markdownAST }) => mend(markdownAST);
