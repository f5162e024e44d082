"use client";

import { useQueryClient } from "@tanstack/react-query";
import { limits, type Schemas } from "guilder-client";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { PressProblem } from "@/components/ui/problem";
import { useIntent } from "@/hooks/use-intent";
import { fieldProblems } from "@/lib/field-problems";
import { count } from "@/lib/money";
import { operator as words } from "@/lib/words/operator";
import { Reason, useReason } from "./reason";

type ActionsProps = {
  userId: string;
  isFrozen: boolean;
  rules: Schemas["AccountAnswer"]["rules"];
  /** Is told what was done, in words. */
  done: (text: string) => void;
};

/** Grants, freezes, lifts and rebuilds. Each asks for its reason. */
export function AccountActions(props: ActionsProps) {
  return (
    <div className="grid gap-6 rounded-field border border-line bg-sheet p-4 sm:p-5">
      <Grant {...props} />
      <hr className="border-line" />
      <Wallet {...props} />
    </div>
  );
}

function Grant({ userId, rules, done }: ActionsProps) {
  const { press, state, isBusy, reset } = useIntent("/api/grant-tokens");
  const [amount, setAmount] = useState("");
  const [note, setNote] = useState("");
  const [isTried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const chosen = useReason();
  const queries = useQueryClient();
  const isAmount = /^-?\d{1,7}$/.test(amount) && Number(amount) !== 0;
  const told = state.state === "refused" ? fieldProblems(state.error) : {};

  async function give() {
    setTried(true);
    if (!isAmount) field.current?.focus();
    else if (!isBusy && chosen.isChosen()) {
      const answer = await press({ userId, amount: Number(amount), reason: chosen.reason, ...(note && { note }) });
      if (!answer) return;
      const { granted } = words.done;
      done(answer.status === "granted" ? granted(count(answer.tokenBalance)) : words.done[answer.status]);
      setAmount("");
      setNote("");
      setTried(false);
      await queries.invalidateQueries();
    }
  }

  return (
    <form
      noValidate
      aria-label={words.grant}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        give();
      }}
      className="grid gap-3"
    >
      <div className="grid items-start gap-3 sm:grid-cols-2 lg:grid-cols-[9rem_12rem_minmax(0,1fr)_auto]">
        <Input
          ref={field}
          label={words.amount}
          inputMode="numeric"
          autoComplete="off"
          value={amount}
          problem={isTried && !isAmount ? words.amountProblem : told.amount}
          onChange={(event) => {
            setAmount(event.target.value.trim().replace("−", "-"));
            reset();
          }}
        />
        <Reason reasons={rules.reasons} chosen={chosen} />
        <Input
          label={words.note}
          value={note}
          limit={limits.grantTokens.note.maxLength}
          problem={told.note}
          onChange={(event) => setNote(event.target.value)}
        />
        <Button type="submit" className="lg:mt-6.5" disabled={isBusy}>
          {isBusy ? words.busy : words.grant}
        </Button>
      </div>
      <p className="text-[0.82rem] text-soft">{words.amountHint(count(rules.grantAlone), count(rules.grantMaximum))}</p>
      <PressProblem press={state} path="/api/grant-tokens" again={give} dismiss={reset} hasDetail />
    </form>
  );
}

type Deed = "freeze" | "lift" | "rebuild";

function Wallet({ userId, isFrozen, rules, done }: ActionsProps) {
  const freeze = useIntent("/api/freeze-wallet");
  const rebuild = useIntent("/api/rebuild-wallet");
  const chosen = useReason();
  const queries = useQueryClient();
  const last = useRef<Deed | null>(null);
  const isBusy = freeze.isBusy || rebuild.isBusy;

  async function act(deed: Deed) {
    last.current = deed;
    if (isBusy || !chosen.isChosen()) return;
    const text = deed === "rebuild" ? await build() : await set(deed === "freeze");
    if (text === undefined) return;
    done(text);
    chosen.choose("");
    await queries.invalidateQueries();
  }

  async function set(frozen: boolean): Promise<string | undefined> {
    const answer = await freeze.press({ userId, frozen, reason: chosen.reason });
    if (!answer) return undefined;
    return answer.frozen.length > 0 ? words.done.frozen(answer.frozen.join(", ")) : words.done.lifted;
  }

  async function build(): Promise<string | undefined> {
    const answer = await rebuild.press({ userId, reason: chosen.reason });
    if (!answer) return undefined;
    const [before, after] = [answer.before.tokenBalance, answer.after.tokenBalance];
    return words.done.rebuilt(before === null ? "?" : count(before), after === null ? "?" : count(after));
  }

  const again = () => last.current && act(last.current);
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-start gap-3">
        <Reason reasons={rules.reasons} chosen={chosen} />
        <div className="flex flex-wrap gap-2 sm:mt-6.5">
          <Button kind="bad" disabled={isBusy} onClick={() => act("freeze")}>
            {words.freeze}
          </Button>
          {isFrozen ? (
            <Button kind="outline" disabled={isBusy} onClick={() => act("lift")}>
              {words.lift}
            </Button>
          ) : null}
          <Button kind="outline" disabled={isBusy} onClick={() => act("rebuild")}>
            {words.rebuild}
          </Button>
        </div>
      </div>
      <PressProblem press={freeze.state} path="/api/freeze-wallet" again={again} dismiss={freeze.reset} hasDetail />
      <PressProblem press={rebuild.state} path="/api/rebuild-wallet" again={again} dismiss={rebuild.reset} hasDetail />
    </div>
  );
}
