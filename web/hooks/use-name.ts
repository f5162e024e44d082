"use client";

import { useQuery } from "@tanstack/react-query";
import { answerOf, Refused } from "guilder-client";
import { api } from "@/lib/api";
import { ledger } from "@/lib/words/ledger";
import { site } from "@/lib/words/site";

const FRESH_MS = 3_600_000;

/** What somebody is called, asked for once an hour however often they are named. Undefined until it is known. */
export function useName(userId: string | undefined): string | undefined {
  const { data, error } = useQuery({
    queryKey: ["profile", userId],
    enabled: userId !== undefined,
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/get-profile", { params: { query: { userId: userId ?? "" } }, signal })),
  });
  if (data) return data.displayName;
  if (error) return error instanceof Refused ? site.somebody : ledger.somebody;
  return undefined;
}
