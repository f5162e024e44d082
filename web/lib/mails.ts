import { inTab } from "./storage";

/** When the last link was mailed from this tab. Signing out forgets it. */
const MAILED_AT = "opened:mail";
const SECONDS_APART = 60;

export function noteMail(): void {
  inTab.set(MAILED_AT, String(Date.now()));
}

/** In how many seconds the next link may be mailed: nobody gets ten of them, from ten presses or ten reloads. */
export function secondsUntilNextMail(): number {
  const seconds = SECONDS_APART - (Date.now() - Number(inTab.get(MAILED_AT) ?? 0)) / 1000;
  return Math.min(SECONDS_APART, Math.max(0, Math.ceil(seconds)));
}
