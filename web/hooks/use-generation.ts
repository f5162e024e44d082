"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { useEffect } from "react";
import { api } from "@/lib/api";
import type { OwnGeneration } from "@/lib/firebase/live";
import { useLive } from "./use-live";
import { usePostChanges } from "./use-post";
import { useSession } from "./use-session";

export type Generation = Schemas["GenerationAnswer"];
export type { OwnGeneration };

const POLLS_MS = [5000, 2000, 4000, 8000];

/** One's newest generations, live. */
export function useOwnGenerations() {
  const { person } = useSession();
  const uid = person?.uid;
  return useLive<OwnGeneration[]>(uid ? `generations of ${uid}` : null, async (show, fail) => {
    const { watchGenerations } = await import("@/lib/firebase/live");
    return watchGenerations(uid ?? "", show, fail);
  });
}

/**
 * How a generation is doing. `rung` is its status by the live list: each change asks the API, which tells the rest.
 *
 * Where nothing rings while it is made, it is asked for again and again.
 */
export function useGeneration(id: string, rung: string) {
  const queries = useQueryClient();
  const { published } = usePostChanges();
  const query = useQuery({
    queryKey: ["generation", id],
    queryFn: ({ signal }) => answerOf(api.GET("/api/get-generation", { params: { query: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) =>
      state.data && isFinal(state.data) ? false : (POLLS_MS[state.dataUpdateCount] ?? POLLS_MS[3] ?? false),
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the ring is what is waited for
  useEffect(() => {
    queries.invalidateQueries({ queryKey: ["generation", id] });
  }, [rung, id, queries]);

  const postId = query.data?.postId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each post that comes of it
  useEffect(() => {
    if (postId) published();
  }, [postId]);

  return query;
}

export function isFinal(generation: Generation): boolean {
  return generation.status !== "queued" && generation.status !== "running";
}
