"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { api } from "@/lib/api";

export type Profile = Schemas["ProfileAnswer"];

const FRESH_MS = 3_600_000;

/** Somebody's public face. It is kept for an hour: faces change seldom, and many lines show the same one. */
export function useProfile(userId: string | null) {
  return useQuery({
    queryKey: ["profile", userId ?? ""],
    enabled: userId !== null,
    staleTime: FRESH_MS,
    queryFn: ({ signal }) =>
      answerOf(api.GET("/api/get-profile", { params: { query: { userId: userId ?? "" } }, signal })),
  });
}

/** Shows what somebody has just written of themselves. */
export function useProfileChange() {
  const queries = useQueryClient();
  return (userId: string, fields: Pick<Profile, "displayName" | "bio" | "photoUrl">) =>
    queries.setQueryData<Profile>(["profile", userId], (old) => old && { ...old, ...fields });
}
