"use client";

import { Download, Share2 } from "lucide-react";
import { lazy, Suspense } from "react";
import { LikeButton } from "@/components/gallery/like-button";
import { TipButton } from "@/components/tip/tip-button";
import { Button } from "@/components/ui/button";
import { useStatus } from "@/components/ui/status";
import type { Post } from "@/hooks/use-feed";
import { post as words } from "@/lib/words/post";

// Only its owner sees it.
const Delete = lazy(() => import("./delete").then((found) => ({ default: found.Delete })));

/** Like, tip, share and download; and for its owner, delete. */
export function Actions({ post, isOwn }: { post: Post; isOwn: boolean }) {
  const say = useStatus();
  const [picture] = post.media;

  async function share() {
    const url = `${location.origin}/p/${post.id}`;
    try {
      if (navigator.share) await navigator.share({ url });
      else {
        await navigator.clipboard.writeText(url);
        say(words.linkCopied);
      }
    } catch (error) {
      // Closing the sheet of the system is no failure.
      if (!(error instanceof DOMException && error.name === "AbortError")) say(words.notShared);
    }
  }

  return (
    <div className="mt-6 grid gap-3">
      {isOwn ? null : (
        <TipButton
          recipient={{ uid: post.userId, name: post.author.displayName, photoUrl: post.author.photoUrl }}
          postId={post.id}
        />
      )}
      <div className="flex flex-wrap items-center gap-2">
        <LikeButton
          post={post}
          size={20}
          className="min-h-12 justify-center border border-line-strong/45 bg-sheet px-4"
        />
        <Button kind="outline" className="rounded-full" onClick={share}>
          <Share2 size={18} strokeWidth={1.75} aria-hidden="true" />
          {words.share}
        </Button>
        {picture ? (
          <a
            href={picture.url}
            download
            target="_blank"
            rel="noreferrer"
            className="inline-flex min-h-12 items-center gap-2 rounded-full border border-line-strong/45 bg-sheet px-5 text-[0.94rem] font-medium hover:bg-well"
          >
            <Download size={18} strokeWidth={1.75} aria-hidden="true" />
            {words.download}
          </a>
        ) : null}
      </div>
      {isOwn ? (
        <Suspense fallback={<div className="h-11" />}>
          <Delete post={post} />
        </Suspense>
      ) : null}
    </div>
  );
}
