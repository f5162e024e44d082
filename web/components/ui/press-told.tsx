"use client";

import type { KeyedPath } from "guilder-client";
import { WasICharged } from "@/components/explain/was-i-charged";
import { type Press, usePending } from "@/hooks/use-intent";
import { tell } from "@/lib/problems";
import { outcomes } from "@/lib/words/outcomes";
import { remedies } from "@/lib/words/problems";
import { useSecondsLeft } from "./countdown";
import { Notice } from "./notice";
import { Step, Told, type Ways } from "./told";

export type PressToldProps = Ways & {
  press: Press;
  /** Which function was pressed for. */
  path: KeyedPath;
  /** Whether the server's own words are shown, for those who run the place. */
  hasDetail?: boolean | undefined;
};

/** What became of a press that did not simply go through. */
export function PressTold({ press, path, ...ways }: PressToldProps) {
  switch (press.state) {
    case "checking":
      return <Checking {...press} />;
    case "unknown":
      return <Unknown path={path} again={ways.again} />;
    case "refused":
      return <Told error={press.error} {...ways} />;
    default:
      return null;
  }
}

/** Where the server said that it was busy nothing is in doubt, only late. */
function Checking({ seconds, error }: Extract<Press, { state: "checking" }>) {
  const left = useSecondsLeft(error, seconds);
  if (tell(error).remedy !== "wait") return <Notice>{outcomes.checking}</Notice>;
  return (
    <Notice>
      {/* Each second is not read aloud. */}
      <span className="amount" aria-hidden="true">
        {remedies.tryingAgain(left)}
      </span>
      <span className="sr-only">{remedies.tryingAgain(seconds)}</span>
    </Notice>
  );
}

/** The key is kept, so pressing again asks what became of it. */
function Unknown({ path, again }: { path: KeyedPath; again: () => void }) {
  const { pending } = usePending();
  const pressed = pending.filter((each) => each.path === path).at(-1);
  return (
    <Notice
      tone="bad"
      action={
        <span className="flex flex-wrap items-center gap-x-4">
          <Step onClick={again}>{outcomes.pressAgain}</Step>
          {pressed ? <WasICharged press={pressed} className="text-sm" /> : null}
        </span>
      }
    >
      {outcomes.unreachable}
    </Notice>
  );
}
