import { graphql, Link } from "gatsby";
import * as React from "react";

export default function Posts({ data }) {
  return (
    <ul>
      {data.allMarkdownRemark.nodes.map(({ fields, frontmatter }) => (
        <li key={fields.slug}>
          <Link to={fields.slug}>{frontmatter.title}</Link>
        </li>
      ))}
    </ul>
  );
}

export const Head = () => <title>A blog</title>;

export const query = graphql`
  {
    allMarkdownRemark(
      filter: { frontmatter: { template: { eq: "post" }, draft: { ne: true } } }
      sort: { frontmatter: { date: DESC } }
    ) {
      nodes { fields { slug } frontmatter { title } }
    }
  }
`;
