import { OutcomeUnknown, type Problem, Refused, type Slug } from "guilder-client";
import { problems } from "./words/problems";

/** What somebody can do about a problem. components/ui/told.tsx makes the button of each. */
export type Remedy =
  | "again"
  | "buy"
  | "dismiss"
  | "explore"
  | "field"
  | "help"
  | "later"
  | "new-key"
  | "portal"
  | "reload"
  | "send-again"
  | "sign-in"
  | "tokens"
  | "wait";

/** A problem in words, and what can be done. */
export type Told = { text: string; remedy: Remedy };

/**
 * A sentence for every slug of the API.
 *
 * The compiler compares it with the API's own list. What the server says in English is not shown, but beside a field.
 */
export const BY_SLUG: Record<Slug, Told> = {
  "access-required": { text: problems.accessRequired, remedy: "buy" },
  "action-expired": { text: problems.actionExpired, remedy: "reload" },
  "already-subscribed": { text: problems.alreadySubscribed, remedy: "portal" },
  "another-account": { text: problems.anotherAccount, remedy: "dismiss" },
  "anonymous-not-allowed": { text: problems.anonymous, remedy: "sign-in" },
  "budget-used-up": { text: problems.budgetUsedUp, remedy: "later" },
  busy: { text: problems.busy, remedy: "wait" },
  contention: { text: problems.busy, remedy: "wait" },
  "daily-limit": { text: problems.dailyLimit, remedy: "later" },
  "does-not-add-up": { text: problems.doesNotAddUp, remedy: "dismiss" },
  "email-not-verified": { text: problems.unverified, remedy: "send-again" },
  "fair-use-reached": { text: problems.fairUseReached, remedy: "tokens" },
  "feature-unavailable": { text: problems.featureUnavailable, remedy: "dismiss" },
  forbidden: { text: problems.forbidden, remedy: "explore" },
  "idempotency-conflict": { text: problems.sentBefore, remedy: "new-key" },
  "insufficient-tokens": { text: problems.insufficientTokens, remedy: "buy" },
  "internal-error": { text: problems.failed, remedy: "again" },
  "invalid-request": { text: problems.invalid, remedy: "field" },
  malformed: { text: problems.broken, remedy: "reload" },
  "method-not-allowed": { text: problems.broken, remedy: "reload" },
  "no-customer": { text: problems.noCustomer, remedy: "buy" },
  "no-such-account": { text: problems.noAccount, remedy: "again" },
  "not-an-administrator": { text: problems.forbidden, remedy: "explore" },
  "not-found": { text: problems.gone, remedy: "explore" },
  "not-paid": { text: problems.notPaid, remedy: "again" },
  "not-returned": { text: problems.notReturned, remedy: "again" },
  "order-missing": { text: problems.busy, remedy: "wait" },
  "order-not-parked": { text: problems.orderNotParked, remedy: "reload" },
  "plan-unavailable": { text: problems.planUnavailable, remedy: "reload" },
  "recipient-unavailable": { text: problems.recipientUnavailable, remedy: "dismiss" },
  "self-grant": { text: problems.selfGrant, remedy: "dismiss" },
  "self-tip": { text: problems.selfTip, remedy: "dismiss" },
  "tokens-owed": { text: problems.tokensOwed, remedy: "buy" },
  "too-large": { text: problems.tooLarge, remedy: "field" },
  "too-many-at-once": { text: problems.tooManyAtOnce, remedy: "wait" },
  "too-many-requests": { text: problems.busy, remedy: "wait" },
  unauthenticated: { text: problems.signedOut, remedy: "sign-in" },
  unavailable: { text: problems.busy, remedy: "wait" },
  "unsupported-media-type": { text: problems.broken, remedy: "reload" },
  "wallet-frozen": { text: problems.frozen, remedy: "help" },
  "wallet-inconsistent": { text: problems.inconsistent, remedy: "help" },
};

/** Any failure in words: by its slug where the API said what it was, else as what did not arrive. */
export function tell(error: unknown): Told {
  const isKnown = error instanceof Refused || error instanceof OutcomeUnknown;
  const problem: Problem | undefined = isKnown ? error.problem : undefined;
  if (problem) {
    // A server that is newer than these pages may know more slugs.
    const row: Told | undefined = BY_SLUG[problem.type];
    return row ?? { text: problem.title, remedy: "again" };
  }
  return { text: error instanceof OutcomeUnknown ? problems.noConnection : problems.failed, remedy: "again" };
}
