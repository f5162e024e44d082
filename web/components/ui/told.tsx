"use client";

import { lazy, Suspense } from "react";

// The sentences of all refusals come when the first one is needed.
const Sentence = lazy(async () => {
  const { tell } = await import("@/lib/problems");
  return { default: ({ error }: { error: unknown }) => tell(error).text };
});

/** What went wrong, in words. */
export function Told({ error }: { error: unknown }) {
  return (
    <Suspense fallback={" "}>
      <Sentence error={error} />
    </Suspense>
  );
}
