"use client";

import type { Pending } from "guilder-client";
import { useState } from "react";
import { WasICharged } from "@/components/explain/was-i-charged";
import { Notice } from "@/components/ui/notice";
import { Problem } from "@/components/ui/problem";
import { useStatus } from "@/components/ui/status";
import { useBalance } from "@/hooks/use-balance";
import { type Catalog, useCatalog } from "@/hooks/use-catalog";
import { useIntent, usePending } from "@/hooks/use-intent";
import { leaveFor } from "@/lib/address";
import { price } from "@/lib/money";
import { outcomes } from "@/lib/words/outcomes";
import { tokens } from "@/lib/words/tokens";

/** What the answers have in common that a press can lead to. */
type Answered = { url?: string; tokenBalance?: number };

/** The presses that broke off, each with its two ways out. Nothing is spent without another press. */
export function UnknownOutcomes({ pending }: { pending: readonly Pending[] }) {
  // What is finished is not pending any more, and may still have been refused: that has to be read.
  const [finishing, setFinishing] = useState<readonly Pending[]>([]);
  const without = ({ key }: Pending, all: readonly Pending[]) => all.filter((each) => each.key !== key);
  return [...pending, ...pending.reduce((left, each) => without(each, left), finishing)].map((intent) => (
    <UnknownOutcome
      key={intent.key}
      intent={intent}
      begin={() => setFinishing((old) => [...without(intent, old), intent])}
      end={() => setFinishing((old) => without(intent, old))}
    />
  ));
}

type UnknownOutcomeProps = { intent: Pending; begin: () => void; end: () => void };

function UnknownOutcome({ intent, begin, end }: UnknownOutcomeProps) {
  const catalog = useCatalog();
  const { press, state, isBusy } = useIntent(intent.path);
  const { forget } = usePending();
  const { expectAnswer } = useBalance();
  const say = useStatus();

  async function finish() {
    begin();
    const show = expectAnswer();
    const answer = (await press(intent.body)) as Answered | undefined;
    if (!answer) return;
    end();
    if (answer.url) leaveFor(answer.url);
    if (answer.tokenBalance !== undefined) show(answer.tokenBalance);
    if (!answer.url) say(outcomes.done);
  }

  function drop() {
    forget(intent);
    end();
  }

  if (state.state === "refused") return <Problem error={state.error} again={finish} dismiss={drop} />;
  const cost = costOf(intent, catalog.data);
  return (
    <Notice
      action={
        <span className="flex flex-wrap gap-x-4">
          <button
            type="button"
            disabled={isBusy}
            onClick={finish}
            className="min-h-8 font-medium underline underline-offset-4"
          >
            {cost ? outcomes.finish(cost) : outcomes.finishPlain}
          </button>
          <button type="button" disabled={isBusy} onClick={drop} className="min-h-8 text-soft">
            {outcomes.forget}
          </button>
          <WasICharged press={intent} className="text-soft" />
        </span>
      }
    >
      {state.state === "checking"
        ? outcomes.checking
        : state.state === "unknown"
          ? outcomes.unreachable
          : (outcomes.broke[intent.path] ?? outcomes.brokeElse)}
    </Notice>
  );
}

/** What finishing costs, in words, as far as the catalogue is known. */
function costOf(intent: Pending, catalog: Catalog | undefined): string | undefined {
  switch (intent.path) {
    case "/api/tip":
      return tokens.amount(intent.body.amount);
    case "/api/generate": {
      const { feature, areas } = intent.body;
      const found = catalog?.features.find((each) => each.id === feature);
      return found && tokens.amount(found.cost * Math.max(1, areas?.length ?? 1));
    }
    case "/api/create-checkout": {
      const { package: pack, plan } = intent.body;
      const sold =
        catalog?.packages.find((each) => each.id === pack) ?? catalog?.plans.find((each) => each.id === plan);
      return sold && price(sold.amount, sold.currency);
    }
    default:
      return undefined;
  }
}
