import type { Schemas } from "guilder-client";

type Wallet = Schemas["GetWalletWalletAnswer"];

/** Who will pay for a generation, as far as the wallet tells. It is what a button says; the server decides. */
export type Payer =
  | { by: "plan" | "pass"; plan: string; used: number; perDay: number }
  /** A plan or a pass covers it, but no more of it today; only tokens would pay, if one says so. */
  | { by: "used-up"; plan: string; perDay: number }
  | { by: "trial"; remaining: number; of: number }
  | { by: "tokens" };

type Use = { feature: string; images: number; property?: string | undefined };

/** The first that can pay for every picture: plan, pass, trial, tokens. */
export function payer(wallet: Wallet | undefined, use: Use, trialFeatures: readonly string[]): Payer {
  if (!wallet) return { by: "tokens" };
  let usedUp: Payer | undefined;
  for (const { by, terms } of unlimited(wallet, use.property)) {
    const { plan, unlimitedPerDay: perDay, usedToday: used } = terms;
    if (perDay === null || !terms.features.includes(use.feature)) continue;
    if (used + use.images <= perDay) return { by, plan, used, perDay };
    usedUp ??= { by: "used-up", plan, perDay };
  }
  const { remaining, used } = wallet.trial ?? { remaining: 0, used: 0 };
  if (trialFeatures.includes(use.feature) && use.images <= remaining) {
    return { by: "trial", remaining, of: remaining + used };
  }
  return usedUp ?? { by: "tokens" };
}

/** In the order in which the server uses them. */
function* unlimited({ subscription, passes }: Wallet, property: string | undefined) {
  if (subscription?.usable) yield { by: "plan" as const, terms: subscription };
  for (const each of passes) {
    if (each.property === null || each.property === property) yield { by: "pass" as const, terms: each };
  }
}
