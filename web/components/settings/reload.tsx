"use client";

import { useQueryClient } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { useStatus } from "@/components/ui/status";
import { Told } from "@/components/ui/told";
import type { Catalog, Package } from "@/hooks/use-catalog";
import type { Wallet } from "@/hooks/use-wallet";
import { leaveFor } from "@/lib/address";
import { api } from "@/lib/api";
import { fieldProblems } from "@/lib/field-problems";
import { count, minorUnits, plainAmount, price } from "@/lib/money";
import { inTab } from "@/lib/storage";
import { settings as words } from "@/lib/words/settings";
import { tokens } from "@/lib/words/tokens";

type ReloadProps = { wallet: Wallet; packages: readonly Package[]; terms: NonNullable<Catalog["autoReload"]> };

/** Remembers that somebody left for Stripe to save a card. */
const SAVING_CARD = "opened:card";

/** Automatic reload: card, threshold, package, monthly cap with what is used of it, and the last failure in words. */
export function Reload({ wallet, packages, terms }: ReloadProps) {
  const kept = wallet.autoReload;
  const offers = packages.filter((each) => terms.packages.includes(each.id));
  const [threshold, setThreshold] = useState(String(kept?.threshold ?? terms.thresholdMin));
  const [chosen, setChosen] = useState(kept?.package ?? offers[0]?.id ?? "");
  const offer = offers.find((each) => each.id === chosen) ?? offers[0];
  const [cap, setCap] = useState(offer ? plainAmount(kept?.monthlyCap ?? offer.amount, offer.currency) : "");
  const { send, isBusy, error } = useSend();
  useCardSaved(send);

  if (!offer) return null;
  const enough = Number(threshold);
  const isInRange = /^\d+$/.test(threshold) && enough >= terms.thresholdMin && enough <= terms.thresholdMax;
  const monthlyCap = minorUnits(cap, offer.currency);
  const isEnough = monthlyCap !== undefined && monthlyCap >= offer.amount;
  const told = fieldProblems(error);

  function save(event: FormEvent) {
    event.preventDefault();
    if (!isInRange || !isEnough || !offer) return;
    send({ enabled: true, threshold: enough, package: offer.id, monthlyCap });
  }

  return (
    <form className="grid gap-4" onSubmit={save} noValidate>
      <p className="text-soft">{words.reloadLong}</p>
      <State kept={kept} currency={offer.currency} />
      <Input
        label={words.threshold}
        inputMode="numeric"
        value={threshold}
        hint={words.thresholdRange(count(terms.thresholdMin), tokens.amount(terms.thresholdMax))}
        problem={
          isInRange
            ? told.threshold
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
        problem={isEnough ? told.monthlyCap : words.capProblem}
        onChange={(event) => setCap(event.target.value.trim())}
      />
      {error ? (
        <Notice tone="bad">
          <Told error={error} />
        </Notice>
      ) : null}
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

/** Whether it is on, with which card, what it has used of its cap, and why it is paused. */
function State({ kept, currency }: { kept: Wallet["autoReload"]; currency: string }) {
  if (!kept?.card && !kept?.enabled) return <p className="text-sm text-soft">{words.noCard}</p>;
  const { actionUrl, paused } = kept;
  return (
    <>
      <p className="amount text-sm">
        <span className="font-medium">{kept.enabled ? words.isOn : words.isOff}</span>{" "}
        <span className="text-soft">
          {kept.card ? `${words.card(kept.card.brand, kept.card.last4)}. ` : null}
          {words.spent(price(kept.spentThisMonth, currency), price(kept.monthlyCap, currency))}.
        </span>
      </p>
      {kept.inFlight ? <Notice>{words.inFlight}</Notice> : null}
      {paused ? (
        <Notice
          tone="bad"
          action={
            actionUrl ? (
              <Button kind="gold" className="min-h-11" onClick={() => leaveFor(actionUrl)}>
                {words.confirm}
              </Button>
            ) : null
          }
        >
          {words.paused[paused]}
        </Notice>
      ) : null}
    </>
  );
}

type Settings = Schemas["SetAutoReloadRequest"];

/** Writes the settings. Where a card is wanted, it leaves for Stripe's page. */
function useSend() {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const queries = useQueryClient();
  const say = useStatus();

  async function send(settings: Settings, back?: { said: string }) {
    setBusy(true);
    setError(null);
    try {
      const answer = await answerOf(api.POST("/api/set-auto-reload", { body: settings }));
      if (answer.setupUrl && back) return; // they turned back without saving a card
      if (answer.setupUrl) {
        inTab.set(SAVING_CARD, "1");
        leaveFor(answer.setupUrl);
        return;
      }
      say(back?.said ?? (settings.enabled ? words.saved : answer.inFlight ? words.inFlight : words.turnedOff));
      await queries.invalidateQueries({ queryKey: ["wallet"] });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return { send, isBusy, error };
}

/** Coming back from Stripe: the server looks at the page itself, since the webhook may tell late. */
function useCardSaved(send: (settings: Settings, back: { said: string }) => void): void {
  const latest = useRef(send);
  useEffect(() => {
    latest.current = send;
  });
  useEffect(() => {
    if (!inTab.get(SAVING_CARD)) return;
    inTab.remove(SAVING_CARD);
    latest.current({ enabled: true }, { said: words.cardSaved });
  }, []);
}
