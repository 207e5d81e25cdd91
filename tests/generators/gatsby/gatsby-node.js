const POST = `${__dirname}/src/templates/post.js`;

// What posts' front matter holds, also where no post is there yet to tell.
exports.createSchemaCustomization = ({ actions }) =>
  actions.createTypes(`
    type MarkdownRemark implements Node { frontmatter: Frontmatter, fields: Fields }
    type Fields { slug: String }
    type Frontmatter {
      title: String
      date: Date @dateformat
      template: String
      draft: Boolean
      slug: String
      category: String
      tags: [String]
      description: String
      socialImage: String
    }
  `);

// A post's address is its folder and its slug: /posts/hot-papers-2021-06-18/.
exports.onCreateNode = ({ node, actions, getNode }) => {
  if (node.internal.type === "MarkdownRemark") {
    const folder = getNode(node.parent).relativeDirectory;
    actions.createNodeField({ node, name: "slug", value: `/${folder}/${node.frontmatter.slug}/` });
  }
};

exports.createPages = async ({ graphql, actions, reporter }) => {
  const { data, errors } = await graphql(`
    {
      allMarkdownRemark(filter: { frontmatter: { template: { eq: "post" }, draft: { ne: true } } }) {
        nodes { id fields { slug } }
      }
    }
  `);
  if (errors) reporter.panicOnBuild("The posts cannot be read", errors);
  for (const { id, fields } of data?.allMarkdownRemark.nodes ?? []) {
    actions.createPage({ path: fields.slug, component: POST, context: { id } });
  }
};
