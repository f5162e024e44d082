"use client";

import { Button, ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import type { Press } from "@/hooks/use-intent";
import { time } from "@/lib/dates";
import { tell } from "@/lib/problems";
import { create as words } from "@/lib/words/create";
import { outcomes } from "@/lib/words/outcomes";
import { site } from "@/lib/words/site";
import { tokens } from "@/lib/words/tokens";

type OutcomeProps = {
  press: Press;
  cost: number;
  /** Sends the same again, paid with tokens where that is said. */
  retry: (payWith?: "tokens") => void;
};

/** What became of the press, where it did not simply go through. */
export function Outcome({ press, cost, retry }: OutcomeProps) {
  if (press.state === "checking") return <Notice>{outcomes.checking}</Notice>;
  if (press.state === "unknown") return <Notice tone="bad">{outcomes.unreachable}</Notice>;
  if (press.state !== "refused") return null;
  const { problem } = press.error;
  // The dialog says it.
  if (problem.type === "insufficient-tokens" || problem.type === "tokens-owed") return null;
  const resetsAt = "resetsAt" in problem && typeof problem.resetsAt === "string" ? problem.resetsAt : undefined;
  const { text, remedy } = tell(press.error);
  return (
    <Notice
      tone="bad"
      action={
        problem.type === "fair-use-reached" ? (
          <Button kind="gold" className="amount min-h-11" onClick={() => retry("tokens")}>
            {words.payWithTokens(tokens.amount(cost))}
          </Button>
        ) : remedy === "buy" ? (
          <ButtonLink kind="outline" className="min-h-11" href="/buy-tokens">
            {site.buy}
          </ButtonLink>
        ) : null
      }
    >
      {text} {resetsAt ? words.opensAgain(time(resetsAt)) : null}
    </Notice>
  );
}
