"use client";

import { OutcomeUnknown, Refused } from "guilder-client";
import type { ReactNode } from "react";
import { usePortal } from "@/hooks/use-portal";
import { signInHere } from "@/lib/address";
import { soon } from "@/lib/dates";
import { type Told as Found, tell } from "@/lib/problems";
import { buy, plans } from "@/lib/words/buy";
import { remedies } from "@/lib/words/problems";
import { site } from "@/lib/words/site";
import { Button, ButtonLink } from "./button";
import { Countdown } from "./countdown";
import { Empty } from "./empty";
import { Notice } from "./notice";
import { Problem } from "./problem";
import { SendAgain } from "./send-again";
import { ToField } from "./to-field";

/** What only the place knows where something went wrong. */
export type Ways = {
  /** Does the same once more. */
  again: () => void;
  /** Puts the problem away. Without it there is the way to the gallery. */
  dismiss?: (() => void) | undefined;
  /** Sends the same paid with tokens, and what that costs, in words. */
  withTokens?: { cost: string; pay: () => void } | undefined;
  /** Where that is shown which was made before under the same key. */
  made?: string | undefined;
};

export type ToldProps = Ways & {
  error: unknown;
  /** What stands in place of a page has a title. */
  title?: string | undefined;
  /** Whether the server's own words are shown, for those who run the place. */
  hasDetail?: boolean | undefined;
};

/** A problem with what can be done about it. */
export function Told({ error, title, hasDetail = false, ...ways }: ToldProps) {
  const found = tell(error);
  const resetsAt = resetOf(error);
  const text = [
    found.text,
    hasDetail ? detailOf(error) : undefined,
    resetsAt ? remedies.opensAgain(soon(resetsAt)) : undefined,
  ]
    .filter((sentence) => sentence !== undefined)
    .join(" ");
  const way = <Way found={found} error={error} {...ways} />;
  if (title === undefined) {
    return (
      <Notice tone="bad" action={way}>
        {text}
      </Notice>
    );
  }
  return (
    <Empty isProblem title={title} action={way}>
      {text}
    </Empty>
  );
}

type WayProps = Ways & { found: Found; error: unknown };

/** The button, or the buttons, of each remedy. */
function Way({ found, error, again, dismiss, withTokens, made = "/wallet" }: WayProps): ReactNode {
  switch (found.remedy) {
    case "again":
    case "later":
      return <Step onClick={again}>{site.tryAgain}</Step>;
    case "buy":
      return <StepLink href="/buy-tokens">{remedies.buy}</StepLink>;
    case "dismiss":
      return dismiss ? <Step onClick={dismiss}>{site.close}</Step> : <StepLink href="/">{site.toExplore}</StepLink>;
    case "explore":
      return <StepLink href="/">{site.toExplore}</StepLink>;
    case "field":
      return <ToField otherwise={dismiss ?? reload} />;
    case "help":
      return <StepLink href="/help/tokens">{remedies.help}</StepLink>;
    case "new-key":
      return (
        <>
          <StepLink href={made}>{remedies.made}</StepLink>
          <Step onClick={again}>{remedies.sendNew}</Step>
        </>
      );
    case "portal":
      return <ToPortal />;
    case "reload":
      return <Step onClick={reload}>{site.reload}</Step>;
    case "send-again":
      return <SendAgain />;
    case "sign-in":
      return <Step onClick={() => location.assign(signInHere())}>{site.signIn}</Step>;
    case "tokens":
      return withTokens ? (
        <Button kind="gold" className="amount min-h-11!" onClick={withTokens.pay}>
          {remedies.withTokens(withTokens.cost)}
        </Button>
      ) : (
        <Step onClick={again}>{site.tryAgain}</Step>
      );
    case "wait":
      return <Countdown error={error} again={again} />;
  }
}

const reload = () => location.reload();

/** A button in a notice. */
export function Step({
  children,
  onClick,
  disabled,
}: {
  children: ReactNode;
  onClick: () => void;
  disabled?: boolean;
}) {
  return (
    // What is done once more takes a mouse event for a choice of its own.
    <Button kind="outline" className="amount min-h-11! px-4 text-sm!" disabled={disabled} onClick={() => onClick()}>
      {children}
    </Button>
  );
}

function StepLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <ButtonLink kind="outline" className="min-h-11! px-4 text-sm!" href={href}>
      {children}
    </ButtonLink>
  );
}

function ToPortal() {
  const portal = usePortal();
  if (portal.error) return <Problem error={portal.error} again={portal.open} />;
  return (
    <Step disabled={portal.isOpening} onClick={portal.open}>
      {portal.isOpening ? buy.opening : plans.manageLong}
    </Step>
  );
}

/** When what is used up opens again, where the refusal says so. */
function resetOf(error: unknown): string | undefined {
  const problem = error instanceof Refused ? error.problem : undefined;
  return problem && "resetsAt" in problem && typeof problem.resetsAt === "string" ? problem.resetsAt : undefined;
}

function detailOf(error: unknown): string | undefined {
  return error instanceof Refused || error instanceof OutcomeUnknown ? error.problem?.detail : undefined;
}
