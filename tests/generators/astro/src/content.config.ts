import { defineCollection } from "astro:content";
import { glob } from "astro/loaders";
import { z } from "astro/zod";

// A post's id is its slug.
export const collections = {
  posts: defineCollection({
    loader: glob({ base: "./content/posts", pattern: "*.md" }),
    schema: z.object({
      title: z.string(),
      date: z.coerce.date(),
      draft: z.boolean(),
      category: z.string(),
      tags: z.array(z.string()),
      description: z.string(),
      socialImage: z.string(),
    }),
  }),
};
