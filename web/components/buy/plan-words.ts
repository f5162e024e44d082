import type { Catalog, Plan } from "@/hooks/use-catalog";
import { plans as words } from "@/lib/words/buy";
import { tokens } from "@/lib/words/tokens";
import { pictureCost } from "./pictures";

/** What a plan or a pass includes, each in a few words with its number. */
export function includes(plan: Plan, catalog: Catalog): string[] {
  const found: string[] = [];
  if (plan.tokens > 0) {
    const amount = tokens.amount(plan.tokens);
    found.push(plan.interval ? words.tokens(amount, plan.interval) : words.tokensOnce(amount));
    const cost = pictureCost(catalog);
    if (cost) found.push(words.worth(tokens.pictures(Math.floor(plan.tokens / cost))));
    if (plan.tokensExpire === "period") found.push(words.tokensEnd);
  }
  if (plan.unlimitedPerDay !== null) found.push(words.perDay(tokens.pictures(plan.unlimitedPerDay)));
  if (plan.unlimitedPerDay !== null && plan.features.length < catalog.features.length) {
    found.push(words.features(plan.features.map((id) => nameOf(id, catalog)).join(", ")));
  }
  if (plan.grantsAccess && catalog.accessRequired) found.push(words.access);
  if (plan.perProperty) found.push(words.perProperty);
  if (plan.days !== null) found.push(words.days(plan.days));
  if (plan.kind === "subscription") found.push(words.endAnyTime);
  return found;
}

function nameOf(id: string, catalog: Catalog): string {
  return catalog.features.find((each) => each.id === id)?.name ?? id;
}
