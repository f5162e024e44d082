"use client";

import { limits } from "guilder-client";
import { ArrowUpRight } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { useBalance } from "@/hooks/use-balance";
import { leaveFor } from "@/lib/address";
import { fieldProblems } from "@/lib/field-problems";
import { buy, plans as words } from "@/lib/words/buy";
import type { PlanNoteProps } from "./plan-note";

const PROPERTY = new RegExp(limits.createCheckout.property.pattern);

/** The way to a plan or a pass: to Stripe's checkout, or to its page where one is had already. */
export function PlanButton({ plan, held, checkout, portal }: PlanNoteProps) {
  const { isFrozen } = useBalance();
  const { subscription, isElsewhere, passes } = held;
  if (subscription?.status === "past_due" && subscription.actionUrl) {
    const { actionUrl } = subscription;
    return (
      <Button kind="gold" className="mt-auto" onClick={() => leaveFor(actionUrl)}>
        {words.payNow}
        <Leaves />
      </Button>
    );
  }
  if (subscription || isElsewhere) {
    return (
      <Button kind="outline" className="mt-auto" disabled={portal.isOpening} onClick={portal.open}>
        {portal.isOpening ? buy.opening : subscription ? words.manage : words.switchTo}
        <span className="sr-only"> {plan.name}</span>
        <Leaves />
      </Button>
    );
  }
  const name = plan.kind === "subscription" ? words.subscribe : passes.length > 0 ? words.extend : words.buyPass;
  if (plan.perProperty) return <PropertyForm plan={plan} checkout={checkout} isFrozen={isFrozen} />;
  return (
    <Button
      kind="outline"
      className="mt-auto"
      disabled={checkout.leaving !== null || isFrozen}
      aria-describedby={isFrozen ? "buying-frozen" : undefined}
      onClick={() => checkout.buy({ plan: plan.id })}
    >
      {checkout.leaving?.plan === plan.id ? buy.opening : name}
      <span className="sr-only"> {plan.name}</span>
      <Leaves />
    </Button>
  );
}

function Leaves() {
  return <ArrowUpRight size={16} strokeWidth={1.75} aria-hidden="true" />;
}

type PropertyProps = Pick<PlanNoteProps, "plan" | "checkout"> & { isFrozen: boolean };

/** A pass for one property asks which. */
function PropertyForm({ plan, checkout, isFrozen }: PropertyProps) {
  const [property, setProperty] = useState("");
  const [isTried, setTried] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const isLeaving = checkout.leaving?.plan === plan.id;
  const refused = checkout.state.state === "refused" ? fieldProblems(checkout.state.error).property : undefined;
  const problem = isTried ? problemOf(property) : refused;

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (problemOf(property)) field.current?.focus();
    else checkout.buy({ plan: plan.id, property });
  }

  return (
    <form onSubmit={submit} noValidate className="mt-auto grid gap-3">
      <Input
        ref={field}
        label={words.property}
        name="property"
        value={property}
        autoComplete="off"
        hint={words.propertyHint}
        problem={problem}
        onChange={(event) => setProperty(event.target.value.trim())}
      />
      <Button
        type="submit"
        kind="outline"
        disabled={checkout.leaving !== null || isFrozen}
        aria-describedby={isFrozen ? "buying-frozen" : undefined}
      >
        {isLeaving ? buy.opening : words.buyPass}
        <span className="sr-only"> {plan.name}</span>
        <Leaves />
      </Button>
    </form>
  );
}

function problemOf(property: string): string | undefined {
  if (property === "") return words.propertyMissing;
  return PROPERTY.test(property) ? undefined : words.propertyWrong;
}
