"use client";

import { Refused } from "guilder-client";
import { ledger } from "@/lib/words/ledger";
import { site } from "@/lib/words/site";
import { useProfile } from "./use-profile";

/** What somebody is called, in a line about them. Undefined until it is known. */
export function useName(userId: string): string | undefined {
  const { data, error } = useProfile(userId);
  if (data) return data.displayName;
  if (error) return error instanceof Refused ? site.somebody : ledger.somebody;
  return undefined;
}
