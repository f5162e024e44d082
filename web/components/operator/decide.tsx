"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { Button } from "@/components/ui/button";
import { PressProblem } from "@/components/ui/problem";
import { useIntent } from "@/hooks/use-intent";
import { count } from "@/lib/money";
import { operator as words } from "@/lib/words/operator";
import { Reason, useReason } from "./reason";

type DecideProps = {
  kind: string;
  about: Record<string, unknown>;
  reasons: readonly string[];
  /** Is told what was done, in words. */
  done: (text: string) => void;
};

/** What can be decided about a matter: a parked order, or a grant of somebody else. */
export function Decide({ kind, about, reasons, done }: DecideProps) {
  if (kind === "parked" && typeof about.order === "string") {
    return <Resolve orderId={about.order} reasons={reasons} done={done} />;
  }
  if (kind === "grants" && typeof about.action === "string") return <Approve actionId={about.action} done={done} />;
  return null;
}

const DECISIONS = ["credit", "refund", "close"] as const;
type Decision = (typeof DECISIONS)[number];

type ResolveProps = { orderId: string; reasons: readonly string[]; done: (text: string) => void };

export function Resolve({ orderId, reasons, done }: ResolveProps) {
  const { press, state, isBusy, reset } = useIntent("/api/resolve-order");
  const chosen = useReason();
  const queries = useQueryClient();
  const last = useRef<Decision | null>(null);

  async function decide(decision: Decision) {
    last.current = decision;
    if (isBusy || !chosen.isChosen()) return;
    const answer = await press({ orderId, decision, reason: chosen.reason });
    if (!answer) return;
    done(words.done.resolved(orderId.slice(-8), answer.status));
    await queries.invalidateQueries();
  }

  return (
    <div className="mt-3 grid gap-3">
      <div className="flex flex-wrap items-start gap-3">
        <Reason reasons={reasons} chosen={chosen} />
        <div className="flex flex-wrap gap-2 sm:mt-6.5">
          {DECISIONS.map((each) => (
            <Button key={each} kind="outline" disabled={isBusy} onClick={() => decide(each)}>
              {words.decisions[each]}
            </Button>
          ))}
        </div>
      </div>
      <PressProblem
        press={state}
        path="/api/resolve-order"
        again={() => last.current && decide(last.current)}
        dismiss={reset}
        hasDetail
      />
    </div>
  );
}

function Approve({ actionId, done }: { actionId: string; done: (text: string) => void }) {
  const { press, state, isBusy, reset } = useIntent("/api/approve-grant");
  const queries = useQueryClient();
  const last = useRef<boolean | null>(null);

  async function decide(approve: boolean) {
    last.current = approve;
    const answer = await press({ actionId, approve });
    if (!answer) return;
    done(answer.status === "granted" ? words.done.granted(count(answer.tokenBalance)) : words.done.refused);
    await queries.invalidateQueries();
  }

  return (
    <div className="mt-3 grid gap-3">
      <div className="flex flex-wrap gap-2">
        <Button disabled={isBusy} onClick={() => decide(true)}>
          {words.approve}
        </Button>
        <Button kind="outline" disabled={isBusy} onClick={() => decide(false)}>
          {words.refuse}
        </Button>
      </div>
      <PressProblem
        press={state}
        path="/api/approve-grant"
        again={() => last.current !== null && decide(last.current)}
        dismiss={reset}
        hasDetail
      />
    </div>
  );
}
