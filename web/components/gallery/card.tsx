"use client";

import { Link } from "@/components/ui/link";
import type { Post } from "@/hooks/use-feed";
import { gallery } from "@/lib/words/gallery";
import { LikeButton } from "./like-button";
import { Picture } from "./picture";
import { inRow } from "./rows";

type CardProps = {
  post: Post;
  /** Its place in the feed, from 1. */
  position: number;
  /** How many there are, or -1 while nobody knows. */
  of: number;
  /** Stands in the first row: its picture is needed at once. */
  isFirst: boolean;
  hidesAuthor: boolean;
};

export function Card({ post, position, of, isFirst, hidesAuthor }: CardProps) {
  const [picture] = post.media;
  const title = `card-${post.id}`;
  if (!picture) return null;
  return (
    <article
      aria-posinset={position}
      aria-setsize={of}
      aria-labelledby={title}
      className="group min-w-0"
      style={inRow(picture.width / picture.height)}
    >
      <Link
        href={`/post?id=${post.id}`}
        tabIndex={-1}
        aria-hidden="true"
        className="relative block overflow-hidden rounded-picture"
      >
        <Picture
          picture={picture}
          alt=""
          isFirst={isFirst}
          className="transition-transform duration-500 ease-out group-hover:scale-[1.025]"
        />
        {post.media.length > 1 ? (
          <span className="amount absolute end-2 top-2 rounded-full bg-black/65 px-2 py-0.5 text-xs font-medium text-white">
            {post.media.length}
          </span>
        ) : null}
      </Link>
      <div className="mt-1 flex items-start justify-between gap-2">
        <div className="min-w-0 pt-1 text-[0.84rem] leading-5">
          <Link
            id={title}
            href={`/post?id=${post.id}`}
            className="block truncate py-0.5 font-medium underline-offset-4 hover:underline"
          >
            {post.caption || gallery.untitled}
          </Link>
          {hidesAuthor ? null : (
            <Link
              href={`/creator?id=${post.userId}`}
              className="block truncate py-0.5 text-soft underline-offset-4 hover:text-ink hover:underline"
            >
              {post.author.displayName}
            </Link>
          )}
        </div>
        <LikeButton post={post} />
      </div>
    </article>
  );
}
