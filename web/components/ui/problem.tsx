"use client";

import { type ComponentType, lazy, Suspense } from "react";
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

// What could not be loaded is loaded again when something is next to be told: the connection may be back.
const toldLater = () =>
  lazy(() =>
    told().then(
      (found) => ({ default: found.Told }),
      () => {
        Told = toldLater();
        return { default: Unreached };
      },
    ),
  );
const pressToldLater = () =>
  lazy(() =>
    pressTold().then(
      (found) => ({ default: found.PressTold }),
      () => {
        PressTold = pressToldLater();
        return { default: Unreached };
      },
    ),
  );
let Told: ComponentType<ToldProps> = toldLater();
let PressTold: ComponentType<PressToldProps> = pressToldLater();

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
