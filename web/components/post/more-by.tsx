"use client";

import { Card } from "@/components/gallery/card";
import { ROWS } from "@/components/gallery/rows";
import { type Post, useFeed } from "@/hooks/use-feed";
import { post as words } from "@/lib/words/post";

const SHOWN = 6;

/** The newest other posts of the same author. Where there are none, or none came, nothing stands there. */
export function MoreBy({ post }: { post: Post }) {
  const others = useFeed(post.userId)
    .posts.filter((each) => each.id !== post.id)
    .slice(0, SHOWN);
  if (others.length === 0) return null;
  const title = `more-${post.userId}`;
  return (
    <section aria-labelledby={title} className="mt-14">
      <h2 id={title} className="display mb-5 text-[1.75rem] wrap-anywhere">
        {words.more(post.author.displayName)}
      </h2>
      <div className={ROWS}>
        {others.map((each, index) => (
          <Card key={each.id} post={each} position={index + 1} of={others.length} isFirst={false} hidesAuthor />
        ))}
      </div>
    </section>
  );
}
