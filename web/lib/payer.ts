/**
 * Who will pay for a generation, as far as the wallet tells. It is what a button says before the press; the server
 * decides, by the same rules and its own clock (shared/ledger/means.py).
 */

type Moment = { toMillis: () => number } | null | undefined;

type Unlimited = { plan: string; until: Moment; unlimitedPerDay?: number | null; features?: string[] };

/** The part of `users/{uid}` that says what may be used beside tokens. */
export type Held = {
  subscription?: (Unlimited & { status: string }) | null;
  passes?: Record<string, Unlimited>;
  trial?: { remaining: number } | null;
  usage?: Record<string, { byPlan?: Record<string, number> }>;
};

export type Payer =
  | { by: "plan" | "pass"; plan: string; used: number; perDay: number }
  /** A plan or a pass covers it, but no more of it today; only tokens would pay, if one says so. */
  | { by: "used-up"; plan: string; perDay: number }
  | { by: "trial"; remaining: number }
  | { by: "tokens" };

type Use = { feature: string; images: number; property?: string | undefined };

/** The first that can pay for every picture: plan, pass, trial, tokens. */
export function payer(
  held: Held,
  { feature, images, property }: Use,
  trialFeatures: readonly string[],
  now: Date,
): Payer {
  const usage = held.usage?.[`day_${now.toISOString().slice(0, 10).replaceAll("-", "")}`]?.byPlan ?? {};
  let usedUp: Payer | undefined;
  for (const { by, key, terms } of unlimited(held, property, now)) {
    const perDay = terms.unlimitedPerDay;
    if (typeof perDay !== "number" || !terms.features?.includes(feature)) continue;
    const used = usage[key] ?? 0;
    if (used + images <= perDay) return { by, plan: terms.plan, used, perDay };
    usedUp ??= { by: "used-up", plan: terms.plan, perDay };
  }
  const remaining = held.trial?.remaining ?? 0;
  if (trialFeatures.includes(feature) && images <= remaining) return { by: "trial", remaining };
  return usedUp ?? { by: "tokens" };
}

function* unlimited(held: Held, property: string | undefined, now: Date) {
  const { subscription, passes = {} } = held;
  if (subscription && ["active", "past_due"].includes(subscription.status) && isAhead(subscription.until, now)) {
    yield { by: "plan" as const, key: subscription.plan, terms: subscription };
  }
  for (const [key, terms] of Object.entries(passes)) {
    const ofProperty = key === terms.plan ? undefined : key.slice(terms.plan.length + 1);
    if (isAhead(terms.until, now) && (ofProperty === undefined || ofProperty === property)) {
      yield { by: "pass" as const, key, terms };
    }
  }
}

function isAhead(until: Moment, now: Date): boolean {
  return until !== null && until !== undefined && until.toMillis() > now.getTime();
}
