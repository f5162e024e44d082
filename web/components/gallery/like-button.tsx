"use client";

import { Heart } from "lucide-react";
import type { Post } from "@/hooks/use-feed";
import { useLike } from "@/hooks/use-like";
import { count } from "@/lib/money";
import { gallery } from "@/lib/words/gallery";

export function LikeButton({ post, size = 16, className = "" }: { post: Post; size?: number; className?: string }) {
  const { isLiked, count: likes, toggle } = useLike(post);
  return (
    <button
      type="button"
      aria-pressed={isLiked}
      aria-label={gallery.like(likes)}
      onClick={toggle}
      className={`flex min-h-11 min-w-11 shrink-0 items-center justify-end gap-1.5 rounded-full text-[0.84rem] text-soft transition-colors duration-120 hover:text-ink aria-pressed:text-bad ${className}`}
    >
      <Heart size={size} strokeWidth={1.75} fill={isLiked ? "currentColor" : "none"} aria-hidden="true" />
      <span className="amount">{likes > 0 ? count(likes) : ""}</span>
    </button>
  );
}
