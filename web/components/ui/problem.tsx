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

/** A part whose code comes when it is first shown, and is asked for again at the next showing where it did not come. */
function later<P extends { again: () => void }>(load: () => Promise<ComponentType<P>>): () => ComponentType<P> {
  const make = (): ComponentType<P> =>
    lazy(() =>
      load().then(
        (loaded) => ({ default: loaded }),
        () => {
          part = make();
          return { default: Unreached as ComponentType<P> };
        },
      ),
    );
  let part = make();
  return () => part;
}

const toldNow = later<ToldProps>(() => told().then((found) => found.Told));
const pressToldNow = later<PressToldProps>(() => pressTold().then((found) => found.PressTold));

/** What went wrong in words, with a button for what can be done: a line, or with a `title` what stands in place of a page. */
export function Problem(props: ToldProps) {
  const Told = toldNow();
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
  const PressTold = pressToldNow();
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
