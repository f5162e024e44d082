import { isLocal } from "./site";

const STRIPE = ["https://checkout.stripe.com", "https://billing.stripe.com", "https://invoice.stripe.com"];
const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The page to return to. Anything but a path of this site is the start page. */
export function safeNext(next: string | null): string {
  if (!next?.startsWith("/")) return "/";
  const found = URL.parse(next, location.origin);
  if (found?.origin !== location.origin) return "/";
  return found.pathname + found.search;
}

/** The sign-in page, which comes back here. */
export function signInHere(): string {
  return `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
}

/** An id of a document from an address, or null when it cannot be one. */
export function idFrom(value: string | null | undefined): string | null {
  return value && ID.test(value) ? value : null;
}

/** The id in `/post?id=…`, or at the end of the shared `/p/…`. */
export function sharedId(query: URLSearchParams, prefix: "/p/" | "/u/"): string | null {
  const path = typeof location === "undefined" ? "" : location.pathname;
  const shared = path.startsWith(prefix) ? decoded(path.slice(prefix.length)) : null;
  return idFrom(query.get("id") ?? shared);
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/**
 * Leaves for a page of Stripe's. On this machine its local stand-in is allowed as well.
 *
 * Throws an `Error` for any other address: a damaged answer must not carry anybody anywhere.
 */
export function leaveFor(url: string): void {
  const found = URL.parse(url);
  const isStripe = found !== null && STRIPE.includes(found.origin);
  const isStandIn = found !== null && isLocal() && ["127.0.0.1", "localhost"].includes(found.hostname);
  if (!isStripe && !isStandIn) throw new Error(`not a page of Stripe's: ${url}`);
  location.assign(url);
}
