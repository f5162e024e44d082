"use client";

import { useEffect, useState } from "react";
import { whenForgotten } from "@/lib/forget";
import { inTab } from "@/lib/storage";

/** What is being written. It outlives everything but signing out and closing the tab. */
export function useDraft<T extends object>(name: string, empty: T) {
  const [draft, setDraft] = useState(empty);
  const [isRead, setRead] = useState(false);
  const key = `draft:${name}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `empty` is the same in every render that matters
  useEffect(() => {
    setDraft({ ...empty, ...read(key) });
    setRead(true);
  }, [key]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => whenForgotten(() => setDraft(empty)), []);

  useEffect(() => {
    if (isRead) inTab.set(key, JSON.stringify(draft));
  }, [key, draft, isRead]);

  return [draft, setDraft] as const;
}

function read(key: string): object {
  try {
    const found: unknown = JSON.parse(inTab.get(key) ?? "{}");
    return typeof found === "object" && found !== null ? found : {};
  } catch {
    return {};
  }
}
