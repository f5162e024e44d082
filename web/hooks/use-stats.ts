"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf } from "guilder-client";
import { api } from "@/lib/api";
import { useSession } from "./use-session";
import { useWhenMoved } from "./use-wallet";

/** What was bought, earned and spent since a moment, or ever. It is asked for again whenever the wallet moves. */
export function useStats(from?: string) {
  const { person } = useSession();
  const queries = useQueryClient();
  const key = ["stats", person?.uid, from ?? null];
  useWhenMoved(() => queries.invalidateQueries({ queryKey: key }));
  return useQuery({
    queryKey: key,
    enabled: person !== undefined,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/get-stats", { params: { query: from === undefined ? {} : { from } }, signal })),
  });
}
