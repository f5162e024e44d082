"use client";

import { Download, Share2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { LikeButton } from "@/components/gallery/like-button";
import { TipButton } from "@/components/tip/tip-button";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useStatus } from "@/components/ui/status";
import type { Post } from "@/hooks/use-feed";
import { usePostChanges } from "@/hooks/use-post";
import { post as words } from "@/lib/words/post";

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
        <LikeButton post={post} size={20} className="border border-line px-4 justify-center" />
        <Button kind="outline" className="min-h-11 rounded-full px-4" onClick={share}>
          <Share2 size={18} strokeWidth={1.75} aria-hidden="true" />
          {words.share}
        </Button>
        {picture ? (
          <a
            href={picture.url}
            download
            target="_blank"
            rel="noreferrer"
            className="inline-flex min-h-11 items-center gap-2 rounded-full border border-line-strong/45 bg-sheet px-4 text-[0.94rem] font-medium hover:bg-well"
          >
            <Download size={18} strokeWidth={1.75} aria-hidden="true" />
            {words.download}
          </a>
        ) : null}
      </div>
      {isOwn ? <Delete post={post} /> : null}
    </div>
  );
}

function Delete({ post }: { post: Post }) {
  const [isAsking, setAsking] = useState(false);
  const [isDeleting, setDeleting] = useState(false);
  const { deleted } = usePostChanges();
  const router = useRouter();
  const say = useStatus();

  async function remove() {
    setDeleting(true);
    try {
      const { deletePost } = await import("@/lib/firebase/live");
      await deletePost(post.id);
      say(words.removed);
      router.replace("/creator");
      deleted(post.id);
    } catch {
      setDeleting(false);
      say(words.notRemoved);
    }
  }

  return (
    <div>
      <Button kind="quiet" className="-ms-3 text-bad" onClick={() => setAsking(true)}>
        {words.remove}
      </Button>
      {isAsking ? (
        <Dialog title={words.removeTitle} onClose={() => setAsking(false)}>
          <p className="mt-2 text-soft">{words.removeLong}</p>
          <div className="mt-6 flex flex-wrap gap-3">
            <Button kind="bad" disabled={isDeleting} onClick={remove}>
              {isDeleting ? words.removing : words.remove}
            </Button>
            <Button kind="outline" disabled={isDeleting} onClick={() => setAsking(false)}>
              {words.keep}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}
