module.exports = {
  siteMetadata: { title: "A blog", siteUrl: "https://blog.example.org" },
  plugins: [
    { resolve: "gatsby-source-filesystem", options: { name: "content", path: `${__dirname}/content` } },
    {
      resolve: "gatsby-transformer-remark",
      options: {
        gfm: false, // "~" is a space in TeX, not struck out
        footnotes: false, // "^[" opens none
        plugins: [
          "gatsby-remark-plain-formulas",
          { resolve: "gatsby-remark-katex", options: { throwOnError: false } },
        ],
      },
    },
  ],
};
