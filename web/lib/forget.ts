import { SIGNED_IN } from "./api";
import { inBrowser, inTab } from "./storage";

/** Names, in the browser's storage, when somebody signed out of their own accord: every tab hears of it. */
const SIGNED_OUT_AT = "signedOutAt";
const FORGOTTEN = "guilder:forgotten";
const PREFIXES = ["draft:", "guilder-intent:", "opened:"];

/** Drops, in every tab, the drafts, the keys and the notes of whoever signs out of their own accord. */
export function forgetEverywhere(): void {
  inBrowser.remove(SIGNED_IN);
  inBrowser.set(SIGNED_OUT_AT, String(Date.now()));
  forgetHere();
}

/** Obeys the other tabs, until the returned function is called. */
export function obeyOtherTabs(): () => void {
  const hear = (event: StorageEvent) => {
    if (event.key === SIGNED_OUT_AT) forgetHere();
  };
  addEventListener("storage", hear);
  return () => removeEventListener("storage", hear);
}

/** Calls `drop` when what is on the page has to be dropped as well. */
export function whenForgotten(drop: () => void): () => void {
  addEventListener(FORGOTTEN, drop);
  return () => removeEventListener(FORGOTTEN, drop);
}

function forgetHere(): void {
  for (const prefix of PREFIXES) inTab.removeAll(prefix);
  dispatchEvent(new Event(FORGOTTEN));
}
