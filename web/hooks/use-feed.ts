"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { api } from "@/lib/api";
import { useSession } from "./use-session";

export type Post = Schemas["PostAnswer"];
type Page = Schemas["FeedAnswer"];

const FIRST_PAGE = 12;
const NEXT_PAGE = 24;

declare global {
  interface Window {
    /** The first page, asked for before the scripts came. See lib/early.ts. */
    firstFeed?: Promise<Page> | undefined;
  }
}

/** The posts of everybody, or of one user, newest first, without doubles. */
export function useFeed(userId?: string) {
  const { state, person } = useSession();
  const feed = useInfiniteQuery({
    queryKey: ["feed", userId ?? "", person?.uid ?? ""],
    enabled: state !== "unknown",
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => {
      const isFirst = pageParam === null;
      const early = isFirst && !userId && state === "out" ? await takeEarly() : undefined;
      if (early) return early;
      const query = { limit: isFirst ? FIRST_PAGE : NEXT_PAGE, ...(pageParam && { cursor: pageParam }) };
      return answerOf(api.GET("/api/get-feed", { params: { query: userId ? { ...query, userId } : query }, signal }));
    },
    getNextPageParam: (page) => page.nextCursor,
  });
  return { ...feed, posts: distinct(feed.data?.pages ?? []) };
}

/** What was asked for before the scripts came, once. If it failed, the query asks itself. */
async function takeEarly(): Promise<Page | undefined> {
  const early = window.firstFeed;
  window.firstFeed = undefined;
  return early?.catch(() => undefined);
}

/** A post that was published while somebody pages would come twice. */
function distinct(pages: readonly Page[]): Post[] {
  const byId = new Map<string, Post>();
  for (const post of pages.flatMap((page) => page.posts)) if (!byId.has(post.id)) byId.set(post.id, post);
  return [...byId.values()];
}
