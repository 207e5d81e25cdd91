import { graphql, Link } from "gatsby";
import * as React from "react";

export default function Post({ data: { markdownRemark: post } }) {
  const { title, date, category, tags } = post.frontmatter;
  return (
    <main>
      <header>
        <Link to="/">All posts</Link> {title} <time>{date}</time> {category}: {tags.join(", ")}
      </header>
      <article dangerouslySetInnerHTML={{ __html: post.html }} />
    </main>
  );
}

export function Head({ data: { markdownRemark: post, site } }) {
  const { title, description, socialImage } = post.frontmatter;
  return (
    <>
      <html lang="en" />
      <title>{title}</title>
      <meta name="description" content={description} />
      <meta property="og:image" content={site.siteMetadata.siteUrl + socialImage} />
    </>
  );
}

export const query = graphql`
  query ($id: String!) {
    site { siteMetadata { siteUrl } }
    markdownRemark(id: { eq: $id }) {
      html
      frontmatter { title date(formatString: "YYYY-MM-DD") category tags description socialImage }
    }
  }
`;
