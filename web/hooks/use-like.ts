"use client";

import { useRouter } from "next/navigation";
import { useCallback, useSyncExternalStore } from "react";
import { useStatus } from "@/components/ui/status";
import { signInHere } from "@/lib/address";
import { gallery } from "@/lib/words/gallery";
import { useSession } from "./use-session";

/**
 * The wishes of this visit, by user and post. A post is shown in several places; all of them show the last wish.
 *
 * `written` is what Firestore has by what we know, `wanted` what was pressed last.
 */
type Wish = { wanted: boolean; written: boolean; isWriting: boolean };

const wishes = new Map<string, Wish>();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(key: string, wish: Wish): void {
  wishes.set(key, wish);
  for (const listener of listeners) listener();
}

/**
 * Writes the last wish. Presses meanwhile only change what is wanted, so that seven quick ones end where the last did.
 *
 * While the browser is offline Firestore's promise waits; so does this, and the heart stays as it was pressed.
 */
async function write(key: string, userId: string, postId: string): Promise<void> {
  const { writeLike } = await import("@/lib/firebase/live");
  for (;;) {
    const wish = wishes.get(key);
    if (!wish || wish.wanted === wish.written) break;
    const { wanted } = wish;
    await writeLike(userId, postId, wanted);
    change(key, { ...(wishes.get(key) ?? wish), written: wanted });
  }
}

/** Whether one likes a post, how many do, and a press on its heart. */
export function useLike(post: { id: string; liked: boolean; likeCount: number }) {
  const { person } = useSession();
  const router = useRouter();
  const say = useStatus();
  const key = `${person?.uid ?? ""}/${post.id}`;
  const wish = useSyncExternalStore(
    subscribe,
    useCallback(() => wishes.get(key), [key]),
    () => undefined,
  );
  const isLiked = wish?.wanted ?? post.liked;

  async function toggle() {
    if (!person) {
      router.push(signInHere());
      return;
    }
    const before = wishes.get(key) ?? { wanted: post.liked, written: post.liked, isWriting: false };
    change(key, { ...before, wanted: !before.wanted, isWriting: true });
    if (before.isWriting) return;
    try {
      await write(key, person.uid, post.id);
      const after = wishes.get(key);
      if (after) change(key, { ...after, isWriting: false });
    } catch {
      const { written } = wishes.get(key) ?? before;
      change(key, { wanted: written, written, isWriting: false });
      say(person.isVerified ? gallery.notLiked : gallery.verifyToLike);
    }
  }

  // The server's count holds one's own like or not, as it says in `liked`.
  return { isLiked, count: Math.max(0, post.likeCount + Number(isLiked) - Number(post.liked)), toggle };
}
