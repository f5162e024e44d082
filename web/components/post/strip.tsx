"use client";

import { useState } from "react";
import { Img } from "@/components/ui/img";
import type { Post } from "@/hooks/use-feed";
import { gallery } from "@/lib/words/gallery";
import { post as words } from "@/lib/words/post";

/** The pictures of a post: one, or several that snap into place. */
export function Strip({ post }: { post: Post }) {
  const [shown, setShown] = useState(1);
  const of = post.media.length;
  const name = post.caption || gallery.pictureBy(post.author.displayName);
  return (
    <div className="relative">
      <section
        aria-label={gallery.pictures(of)}
        // It can be scrolled with the arrow keys.
        tabIndex={of > 1 ? 0 : undefined}
        onScroll={({ currentTarget: { scrollLeft, clientWidth } }) =>
          setShown(Math.round(Math.abs(scrollLeft) / clientWidth) + 1)
        }
        className="flex snap-x snap-mandatory overflow-x-auto rounded-picture bg-well [scrollbar-width:none]"
      >
        {post.media.map((picture, index) => (
          <div key={picture.url} className="grid w-full shrink-0 snap-center place-items-center">
            <Img
              src={picture.url}
              width={picture.width}
              height={picture.height}
              alt={of > 1 ? `${name}. ${words.picture(index + 1, of)}` : name}
              loading={index === 0 ? "eager" : "lazy"}
              fetchPriority={index === 0 ? "high" : "low"}
              decoding="async"
              style={{ background: picture.color }}
              className="h-auto max-h-[80dvh] w-auto max-w-full object-contain"
            />
          </div>
        ))}
      </section>
      {of > 1 ? (
        <p
          aria-hidden="true"
          className="amount absolute end-3 top-3 rounded-full bg-black/65 px-2.5 py-1 text-xs font-medium text-white"
        >
          {shown} / {of}
        </p>
      ) : null}
    </div>
  );
}
