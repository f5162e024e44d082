"use client";

import type { Schemas } from "guilder-client";
import { useState } from "react";
import { TooFewDialog } from "@/components/buy/too-few-dialog";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Choice } from "@/components/ui/choice";
import { Dialog } from "@/components/ui/dialog";
import { Input } from "@/components/ui/field";
import { PressProblem } from "@/components/ui/problem";
import { useStatus } from "@/components/ui/status";
import { useBalance } from "@/hooks/use-balance";
import { useIntent } from "@/hooks/use-intent";
import { fieldProblems } from "@/lib/field-problems";
import { count } from "@/lib/money";
import { bars } from "@/lib/words/shell";
import { tip as words } from "@/lib/words/tip";
import { tokens } from "@/lib/words/tokens";

export type Recipient = { uid: string; name: string; photoUrl: string | null };

type TipDialogProps = {
  recipient: Recipient;
  postId?: string | undefined;
  terms: Schemas["TipAnswer"];
  onClose: () => void;
};

/** Chooses an amount and sends it. One press sends; there is no undo, so the button says what it does. */
export function TipDialog({ recipient, postId, terms, onClose }: TipDialogProps) {
  const { balance, isFrozen, expectAnswer } = useBalance();
  const { press, state, isBusy, reset } = useIntent("/api/tip");
  const [own, setOwn] = useState("");
  const [preset, setPreset] = useState<number | undefined>(terms.presets[0]);
  const [isShort, setShort] = useState(false);
  const say = useStatus();

  const amount = own === "" ? preset : wholeNumber(own);
  const isInRange = amount !== undefined && amount >= terms.min && amount <= terms.max;
  const missing = balance === undefined || amount === undefined ? 0 : amount - balance;

  async function send() {
    if (amount === undefined || !isInRange || isBusy) return;
    if (missing > 0) {
      setShort(true);
      return;
    }
    const show = expectAnswer();
    const answer = await press({ recipientId: recipient.uid, amount, ...(postId && { postId }) });
    if (!answer) return;
    show(answer.tokenBalance);
    say(words.sent(tokens.amount(amount), recipient.name));
    onClose();
  }

  const refused = state.state === "refused" ? state.error : undefined;
  const problem = refused?.problem;
  if (problem?.type === "tokens-owed" && amount !== undefined) {
    const { debt, balance: have } = problem;
    return (
      <TooFewDialog have={have} needed={amount} short={Math.max(0, amount - have)} owed={debt} onClose={onClose} />
    );
  }
  if (problem?.type === "insufficient-tokens") {
    return (
      <TooFewDialog have={problem.balance} needed={problem.required} short={problem.shortfall} onClose={onClose} />
    );
  }
  if (isShort && balance !== undefined && amount !== undefined) {
    return <TooFewDialog have={balance} needed={amount} short={missing} onClose={onClose} />;
  }
  return (
    <Dialog title={words.title(recipient.name)} onClose={onClose}>
      <p className="mt-3 flex items-center gap-3">
        <Avatar {...recipient} size={44} />
        <span className="min-w-0 wrap-anywhere">
          {words.to} <span className="font-medium">{recipient.name}</span>
          <span className="block text-sm text-soft">{words.all(recipient.name)}</span>
        </span>
      </p>
      <form
        className="mt-5 grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <fieldset>
          <legend className="text-sm font-medium">{words.presets}</legend>
          <div className="mt-2 flex flex-wrap gap-2">
            {terms.presets.map((each) => (
              <Choice
                key={each}
                name="preset"
                mark="filled"
                isChosen={own === "" && preset === each}
                choose={() => {
                  setPreset(each);
                  setOwn("");
                  reset();
                }}
                className="amount min-w-16 rounded-full font-medium"
              >
                <span>
                  {count(each)}
                  <span className="sr-only"> {tokens.unit(each)}</span>
                </span>
              </Choice>
            ))}
          </div>
        </fieldset>
        <Input
          label={words.own}
          inputMode="numeric"
          autoComplete="off"
          value={own}
          hint={words.range(count(terms.min), count(terms.max))}
          problem={ownProblem(own, amount, isInRange, terms) ?? fieldProblems(refused).amount}
          onChange={(event) => {
            setOwn(event.target.value.trim());
            reset();
          }}
        />
        <PressProblem press={state} path="/api/tip" again={send} dismiss={reset} />
        <div>
          <Button
            type="submit"
            kind="gold"
            className="amount w-full"
            disabled={isBusy || isFrozen || !isInRange}
            aria-describedby="tip-after"
          >
            {isBusy || amount === undefined ? words.sending : words.send(tokens.amount(amount))}
          </Button>
          <p id="tip-after" className="amount mt-2.5 min-h-5 text-center text-sm text-soft">
            {isFrozen ? (
              bars.frozen
            ) : balance === undefined || amount === undefined ? null : (
              <>
                {words.youHave} <span className="font-medium text-ink">{count(balance)}</span>,{" "}
                {missing > 0 ? words.short(count(missing)) : words.leftAfter(count(-missing))}
              </>
            )}
          </p>
        </div>
      </form>
    </Dialog>
  );
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function ownProblem(
  own: string,
  amount: number | undefined,
  isInRange: boolean,
  { min, max }: Schemas["TipAnswer"],
): string | undefined {
  if (own === "") return undefined;
  if (amount === undefined) return words.whole;
  return isInRange ? undefined : words.range(count(min), count(max));
}
