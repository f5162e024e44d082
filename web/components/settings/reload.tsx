"use client";

import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { Problem } from "@/components/ui/problem";
import type { Catalog, Package } from "@/hooks/use-catalog";
import type { Wallet } from "@/hooks/use-wallet";
import { fieldProblems } from "@/lib/field-problems";
import { count, minorUnits, plainAmount, price } from "@/lib/money";
import { settings as words } from "@/lib/words/settings";
import { tokens } from "@/lib/words/tokens";
import { ReloadState } from "./reload-state";
import { useReload } from "./use-reload";

type ReloadProps = { wallet: Wallet; packages: readonly Package[]; terms: NonNullable<Catalog["autoReload"]> };

/** Automatic reload: card, threshold, package, monthly cap with what is used of it, and the last failure in words. */
export function Reload({ wallet, packages, terms }: ReloadProps) {
  const kept = wallet.autoReload;
  const offers = packages.filter((each) => terms.packages.includes(each.id));
  const [threshold, setThreshold] = useState(String(kept?.threshold ?? terms.thresholdMin));
  const [chosen, setChosen] = useState(kept?.package ?? offers[0]?.id ?? "");
  const offer = offers.find((each) => each.id === chosen) ?? offers[0];
  const [cap, setCap] = useState(offer ? plainAmount(kept?.monthlyCap ?? offer.amount, offer.currency) : "");
  const { send, again, reset, isBusy, error, told } = useReload();

  if (!offer) return null;
  const enough = Number(threshold);
  const isInRange = /^\d+$/.test(threshold) && enough >= terms.thresholdMin && enough <= terms.thresholdMax;
  const monthlyCap = minorUnits(cap, offer.currency);
  const isEnough = monthlyCap !== undefined && monthlyCap >= offer.amount;
  const problems = fieldProblems(error);

  function save(event: FormEvent) {
    event.preventDefault();
    if (!isInRange || !isEnough || !offer) return;
    send({ enabled: true, threshold: enough, package: offer.id, monthlyCap });
  }

  return (
    <form className="grid gap-4" onSubmit={save} noValidate>
      <p className="text-soft">{words.reloadLong}</p>
      <ReloadState kept={kept} currency={offer.currency} />
      {told ? (
        <div role="status">
          <Notice>{told}</Notice>
        </div>
      ) : null}
      <Input
        label={words.threshold}
        inputMode="numeric"
        value={threshold}
        hint={words.thresholdRange(count(terms.thresholdMin), tokens.amount(terms.thresholdMax))}
        problem={
          isInRange
            ? problems.threshold
            : words.thresholdRange(count(terms.thresholdMin), tokens.amount(terms.thresholdMax))
        }
        onChange={(event) => setThreshold(event.target.value.trim())}
      />
      <fieldset>
        <legend className="text-sm font-medium">{words.package}</legend>
        <div className="mt-1.5 grid gap-2">
          {offers.map((each) => (
            <label
              key={each.id}
              className="amount flex min-h-12 cursor-pointer items-center justify-between gap-4 rounded-field border border-line-strong/45 bg-sheet px-4 has-checked:border-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2"
            >
              <span className="flex items-center gap-3">
                <input
                  type="radio"
                  name="package"
                  checked={offer.id === each.id}
                  onChange={() => setChosen(each.id)}
                  className="accent-(--ink)"
                />
                {tokens.amount(each.tokens)}
              </span>
              {price(each.amount, each.currency)}
            </label>
          ))}
        </div>
      </fieldset>
      <Input
        label={words.cap}
        inputMode="decimal"
        value={cap}
        hint={words.capHint(offer.currency.toUpperCase(), price(offer.amount, offer.currency))}
        problem={isEnough ? problems.monthlyCap : words.capProblem}
        onChange={(event) => setCap(event.target.value.trim())}
      />
      {error ? <Problem error={error} again={again} dismiss={reset} /> : null}
      <div className="flex flex-wrap gap-3">
        <Button type="submit" disabled={isBusy || !isInRange || !isEnough}>
          {isBusy ? words.saving : kept?.enabled && !kept.paused ? words.save : words.turnOn}
        </Button>
        {kept?.enabled ? (
          <Button kind="outline" disabled={isBusy} onClick={() => send({ enabled: false })}>
            {words.turnOff}
          </Button>
        ) : null}
      </div>
    </form>
  );
}
