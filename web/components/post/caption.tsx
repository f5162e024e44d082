"use client";

import { Pencil } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Post } from "@/hooks/use-feed";
import { gallery } from "@/lib/words/gallery";
import { post as words } from "@/lib/words/post";

const CaptionForm = lazy(() => import("./caption-form").then((found) => ({ default: found.CaptionForm })));

/** The caption, which its owner edits in place. */
export function Caption({ post, isOwn }: { post: Post; isOwn: boolean }) {
  const [isEditing, setEditing] = useState(false);
  if (isEditing) {
    return (
      <Suspense>
        <CaptionForm post={post} close={() => setEditing(false)} />
      </Suspense>
    );
  }
  return (
    <div className="mt-4 flex items-start gap-2">
      <h1
        className={`min-w-0 flex-1 text-[1.25rem] leading-[1.875rem] wrap-anywhere whitespace-pre-wrap ${post.caption ? "" : "text-soft"}`}
      >
        {post.caption || gallery.untitled}
      </h1>
      {isOwn ? (
        <button
          type="button"
          onClick={() => setEditing(true)}
          className="grid size-11 shrink-0 place-items-center rounded-full text-soft hover:bg-well hover:text-ink"
        >
          <Pencil size={18} strokeWidth={1.75} aria-hidden="true" />
          <span className="sr-only">{words.edit}</span>
        </button>
      ) : null}
    </div>
  );
}
