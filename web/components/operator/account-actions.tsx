"use client";

import { useQueryClient } from "@tanstack/react-query";
import { limits, type Schemas } from "guilder-client";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { Told } from "@/components/ui/told";
import { type Press, useIntent } from "@/hooks/use-intent";
import { count } from "@/lib/money";
import { operator as words } from "@/lib/words/operator";
import { outcomes } from "@/lib/words/outcomes";
import { Reason } from "./reason";

type ActionsProps = { userId: string; isFrozen: boolean; rules: Schemas["AccountAnswer"]["rules"] };

/** Grants, freezes, lifts and rebuilds. Each asks for its reason, and shows what it did. */
export function AccountActions({ userId, isFrozen, rules }: ActionsProps) {
  const [reason, setReason] = useState("");
  const [amount, setAmount] = useState("");
  const [note, setNote] = useState("");
  const [did, setDid] = useState<string | null>(null);
  const grant = useIntent("/api/grant-tokens");
  const freeze = useIntent("/api/freeze-wallet");
  const rebuild = useIntent("/api/rebuild-wallet");
  const queries = useQueryClient();
  const isBusy = grant.isBusy || freeze.isBusy || rebuild.isBusy;
  const isAmount = /^-?\d{1,7}$/.test(amount) && Number(amount) !== 0;

  async function done(text: string) {
    setDid(text);
    await queries.invalidateQueries();
  }

  async function give() {
    const answer = await grant.press({ userId, amount: Number(amount), reason, ...(note && { note }) });
    if (!answer) return;
    await done(
      answer.status === "granted" ? words.done.granted(count(answer.tokenBalance)) : words.done[answer.status],
    );
    setAmount("");
  }

  async function set(frozen: boolean) {
    const answer = await freeze.press({ userId, frozen, reason });
    if (answer) await done(answer.frozen.length > 0 ? words.done.frozen(answer.frozen.join(", ")) : words.done.lifted);
  }

  async function build() {
    const answer = await rebuild.press({ userId, reason });
    if (!answer) return;
    const [before, after] = [answer.before.tokenBalance, answer.after.tokenBalance];
    await done(words.done.rebuilt(before === null ? "?" : count(before), after === null ? "?" : count(after)));
  }

  return (
    <div className="grid gap-4">
      <Reason reasons={rules.reasons} chosen={reason} choose={setReason} />
      <div className="grid gap-3 sm:grid-cols-[10rem_minmax(0,1fr)_auto]">
        <Input
          label={words.amount}
          inputMode="numeric"
          value={amount}
          hint={words.amountHint(count(rules.grantAlone))}
          onChange={(event) => setAmount(event.target.value.trim())}
        />
        <Input
          label={words.note}
          value={note}
          limit={limits.grantTokens.note.maxLength}
          onChange={(event) => setNote(event.target.value)}
        />
        <Button className="mt-6.5 self-start" disabled={isBusy || !reason || !isAmount} onClick={give}>
          {words.grant}
        </Button>
      </div>
      <div className="flex flex-wrap gap-3">
        <Button kind="outline" disabled={isBusy || !reason} onClick={() => set(true)}>
          {words.freeze}
        </Button>
        {isFrozen ? (
          <Button kind="outline" disabled={isBusy || !reason} onClick={() => set(false)}>
            {words.lift}
          </Button>
        ) : null}
        <Button kind="outline" disabled={isBusy || !reason} onClick={build}>
          {words.rebuild}
        </Button>
      </div>
      {did ? <output className="amount block text-sm text-good">{did}</output> : null}
      {[grant.state, freeze.state, rebuild.state].map((state, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the three never move
        <Failure key={index} press={state} />
      ))}
    </div>
  );
}

function Failure({ press }: { press: Press }) {
  if (press.state === "unknown") return <Notice tone="bad">{outcomes.unreachable}</Notice>;
  if (press.state !== "refused") return null;
  return (
    <Notice tone="bad">
      <Told error={press.error} /> {press.error.problem.detail}
    </Notice>
  );
}
