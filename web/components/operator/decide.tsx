"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { useStatus } from "@/components/ui/status";
import { Told } from "@/components/ui/told";
import { useIntent } from "@/hooks/use-intent";
import { count } from "@/lib/money";
import { operator as words } from "@/lib/words/operator";
import { outcomes } from "@/lib/words/outcomes";
import { Reason } from "./reason";

type DecideProps = { kind: string; about: Record<string, unknown>; reasons: readonly string[] };

/** What can be decided about a matter: a parked order, or a grant of somebody else. */
export function Decide({ kind, about, reasons }: DecideProps) {
  if (kind === "parked" && typeof about.order === "string") return <Resolve orderId={about.order} reasons={reasons} />;
  if (kind === "grants" && typeof about.action === "string") return <Approve actionId={about.action} />;
  return null;
}

const DECISIONS = ["credit", "refund", "close"] as const;

export function Resolve({ orderId, reasons }: { orderId: string; reasons: readonly string[] }) {
  const { press, state, isBusy } = useIntent("/api/resolve-order");
  const [reason, setReason] = useState("");
  const queries = useQueryClient();
  const say = useStatus();

  async function decide(decision: (typeof DECISIONS)[number]) {
    const answer = await press({ orderId, decision, reason });
    if (!answer) return;
    say(words.done.resolved(answer.status));
    await queries.invalidateQueries();
  }

  return (
    <div className="flex flex-wrap items-center gap-2">
      <Reason reasons={reasons} chosen={reason} choose={setReason} />
      {DECISIONS.map((each) => (
        <Button
          key={each}
          kind="outline"
          className="min-h-11"
          disabled={isBusy || !reason}
          onClick={() => decide(each)}
        >
          {isBusy ? words.busy : words.decisions[each]}
        </Button>
      ))}
      {state.state === "refused" ? (
        <Notice tone="bad">
          <Told error={state.error} /> {state.error.problem.detail}
        </Notice>
      ) : state.state === "unknown" ? (
        <Notice tone="bad">{outcomes.unreachable}</Notice>
      ) : null}
    </div>
  );
}

function Approve({ actionId }: { actionId: string }) {
  const { press, state, isBusy } = useIntent("/api/approve-grant");
  const queries = useQueryClient();
  const say = useStatus();

  async function decide(approve: boolean) {
    const answer = await press({ actionId, approve });
    if (!answer) return;
    say(answer.status === "granted" ? words.done.granted(count(answer.tokenBalance)) : words.done.refused);
    await queries.invalidateQueries();
  }

  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button kind="outline" className="min-h-11" disabled={isBusy} onClick={() => decide(true)}>
        {words.approve}
      </Button>
      <Button kind="outline" className="min-h-11" disabled={isBusy} onClick={() => decide(false)}>
        {words.refuse}
      </Button>
      {state.state === "refused" ? (
        <Notice tone="bad">
          <Told error={state.error} /> {state.error.problem.detail}
        </Notice>
      ) : state.state === "unknown" ? (
        <Notice tone="bad">{outcomes.unreachable}</Notice>
      ) : null}
    </div>
  );
}
