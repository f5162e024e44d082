"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { useStatus } from "@/components/ui/status";
import type { Post } from "@/hooks/use-feed";
import { usePostChanges } from "@/hooks/use-post";
import { post as words } from "@/lib/words/post";

/** Deletes one's own post, after a question. */
export function Delete({ post }: { post: Post }) {
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
