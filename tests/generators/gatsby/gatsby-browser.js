import "katex/dist/katex.min.css";

// A page that a link of the blog opened is put in as HTML, of which browsers run no scripts: the embeds'
// are put in anew, one of each platform.
export const onRouteUpdate = ({ prevLocation }) => {
  if (!prevLocation) return;
  for (const src of new Set([...document.querySelectorAll("article script[src]")].map(({ src }) => src))) {
    document.body.append(Object.assign(document.createElement("script"), { src }));
  }
};
