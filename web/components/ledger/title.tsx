"use client";

import type { Catalog } from "@/hooks/use-catalog";
import { useCatalog } from "@/hooks/use-catalog";
import type { Line } from "@/hooks/use-history";
import { useName } from "@/hooks/use-name";
import { price } from "@/lib/money";
import { ledger } from "@/lib/words/ledger";
import { tokens } from "@/lib/words/tokens";

/** What a line of the ledger is about, in words. */
export function LineTitle({ line }: { line: Line }) {
  const { data: catalog } = useCatalog();
  if (line.type === "tip_sent") return <Tip userId={line.details.recipientId} words={ledger.tipTo} />;
  if (line.type === "tip_received") return <Tip userId={line.details.senderId} words={ledger.tipFrom} />;
  return titleOf(line, catalog);
}

function Tip({ userId, words }: { userId: string; words: (name: string) => string }) {
  const name = useName(userId);
  return <bdi>{words(name ?? "…")}</bdi>;
}

function titleOf(line: Line, catalog: Catalog | undefined): string {
  switch (line.type) {
    case "purchase": {
      const { package: pack, plan, amount, currency } = line.details;
      return ledger.bought(nameOf(catalog, pack ?? plan), price(amount, currency));
    }
    case "signup_bonus":
      return line.amount === 0 && line.details.trial ? ledger.trial(line.details.trial) : ledger.welcome;
    case "generation_spend": {
      const { areas, paidBy } = line.details;
      const isVideo = makesVideo(catalog, line.details.feature);
      return paidBy ? ledger.madeFree(areas, isVideo, paidBy) : ledger.made(areas, isVideo);
    }
    case "refund":
      return ledger.refund(line.details.areas, makesVideo(catalog, line.details.feature));
    case "admin_credit":
      return line.amount < 0 ? ledger.supportTook : ledger.support;
    case "clawback":
      return ledger.takenBack;
    case "reinstatement":
      return ledger.givenBack;
    case "subscription_grant":
      return ledger.planTokens(nameOf(catalog, textIn(line.details, "plan")));
    case "auto_reload":
      return reloadTitle(line.details, catalog);
    case "expiry":
      return line.amount === 0 ? ledger.endPutOff : ledger.ended(textIn(line.details, "fund"));
    case "payout":
      return ledger.payout;
    case "payout_return":
      return ledger.payoutReturned;
    default:
      return ledger.other;
  }
}

function reloadTitle(details: Record<string, unknown>, catalog: Catalog | undefined): string {
  const { amount, currency } = details;
  const money = typeof amount === "number" && typeof currency === "string" ? price(amount, currency) : "";
  return ledger.reload(nameOf(catalog, textIn(details, "package")), money);
}

/** What is owed after a line that took more than there was. */
export function owedAfter(line: Line): string | null {
  return line.type === "clawback" && line.details.owed > 0 ? ledger.owed(tokens.amount(line.details.owed)) : null;
}

/** What was sold, as the catalogue calls it; its id where it is not sold any more. */
function nameOf(catalog: Catalog | undefined, id: string | undefined): string {
  const sold = catalog?.packages.find((each) => each.id === id) ?? catalog?.plans.find((each) => each.id === id);
  return sold?.name ?? id ?? "";
}

function makesVideo(catalog: Catalog | undefined, feature: string): boolean {
  return catalog?.features.find((each) => each.id === feature)?.kind === "video";
}

function textIn(details: Record<string, unknown>, name: string): string {
  const value = details[name];
  return typeof value === "string" ? value : "";
}

/**
 * The id under which is explained what became of a line.
 *
 * A line itself never changes. What may still come back is known of its generation, or of its order.
 */
export function explainedId(line: Line): string {
  switch (line.type) {
    case "purchase":
      return line.details.stripeSessionId;
    case "generation_spend":
    case "refund":
      return line.details.generationId;
    case "clawback":
    case "reinstatement":
      return line.details.orderId;
    case "auto_reload":
      return textIn(line.details, "reloadId") || line.id;
    case "subscription_grant":
      return textIn(line.details, "invoiceId") || line.id;
    default:
      return line.id;
  }
}
