import { endpoints } from "./local";

type Fields = Record<string, unknown>;

async function posted(path: string, fields: Record<string, string>): Promise<Fields> {
  const answer = await fetch(`${endpoints.stripe}${path}`, { method: "POST", body: new URLSearchParams(fields) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the local Stripe answered ${answer.status} to ${path}: ${text}`);
  return JSON.parse(text) as Fields;
}

/** The payment of a purchase, by the session that it was bought in. */
async function paymentOf(session: string): Promise<string> {
  const headers = { Authorization: "Bearer sk_test_local" };
  const answer = await fetch(`${endpoints.stripe}/v1/checkout/sessions/${session}`, { headers });
  return String(((await answer.json()) as Fields).payment_intent);
}

/** Has the bank decide about a purchase whose payment is on its way. */
export async function bankDecides(session: string): Promise<void> {
  await posted(`/_local/payment_intents/${await paymentOf(session)}`, {});
}

/** Has the payer dispute a purchase at their bank. Answers the dispute's id. */
export async function dispute(session: string): Promise<string> {
  return String((await posted("/_local/disputes", { payment_intent: await paymentOf(session) })).id);
}

/** What the bank decides about a dispute. */
export async function decide(disputeId: string, status: "won" | "lost"): Promise<void> {
  await posted(`/_local/disputes/${disputeId}`, { status });
}

const DAY = 86_400;

/** Has everything on this machine live so many days later; what is due on the way happens. */
export async function daysLater(days: number): Promise<void> {
  await posted("/_local/clock", { seconds: String(days * DAY) });
}
