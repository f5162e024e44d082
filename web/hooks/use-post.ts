"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "guilder-client";
import { api } from "@/lib/api";
import type { Post } from "./use-feed";
import { useSession } from "./use-session";

const key = (id: string, uid: string | undefined) => ["post", id, uid ?? ""] as const;

/** One post. With null as its id nothing is asked. */
export function usePost(id: string | null) {
  const { state, person } = useSession();
  return useQuery({
    queryKey: key(id ?? "", person?.uid),
    enabled: id !== null && state !== "unknown",
    queryFn: ({ signal }) => answerOf(api.GET("/api/get-post", { params: { query: { id: id ?? "" } }, signal })),
  });
}

/** What a page does after its own write, so that all of them show it at once. */
export function usePostChanges() {
  const queries = useQueryClient();
  const { person } = useSession();
  return {
    captioned(id: string, caption: string) {
      queries.setQueryData<Post>(key(id, person?.uid), (old) => old && { ...old, caption });
      queries.invalidateQueries({ queryKey: ["feed"] });
    },
    deleted(id: string) {
      queries.removeQueries({ queryKey: key(id, person?.uid) });
      queries.invalidateQueries({ queryKey: ["feed"] });
    },
    published() {
      queries.invalidateQueries({ queryKey: ["feed"] });
    },
  };
}
