"use client";

import { lazy, Suspense } from "react";
import { site } from "@/lib/words/site";
import { Button } from "./button";
import { Notice } from "./notice";
import type { PressToldProps } from "./press-told";
import type { ToldProps } from "./told";

// The sentences of all refusals, and what can be done about each, come when the first one is needed.
const told = () => import("./told");
const pressTold = () => import("./press-told");

/** Loads them before: whoever is offline could not. */
export const loadProblems = () => Promise.all([told(), pressTold()]);

const Told = lazy(() =>
  told().then(
    (found) => ({ default: found.Told }),
    () => ({ default: Unreached }),
  ),
);
const PressTold = lazy(() =>
  pressTold().then(
    (found) => ({ default: found.PressTold }),
    () => ({ default: Unreached }),
  ),
);

/** What went wrong in words, with a button for what can be done: a line, or with a `title` what stands in place of a page. */
export function Problem(props: ToldProps) {
  return (
    <Suspense fallback={<div className="min-h-18" />}>
      <Told {...props} />
    </Suspense>
  );
}

/** What became of a press that did not simply go through: checked, unknown, or refused. */
export function PressProblem(props: PressToldProps) {
  const { state } = props.press;
  if (state === "idle" || state === "sending") return null;
  return (
    <Suspense>
      <PressTold {...props} />
    </Suspense>
  );
}

/** Whoever is offline cannot load the sentences either. */
function Unreached({ again }: { again: () => void }) {
  return (
    <Notice tone="bad" action={<Button onClick={() => again()}>{site.tryAgain}</Button>}>
      {site.unreached}
    </Notice>
  );
}
