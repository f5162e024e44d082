import { endpoints } from "./local";

/** A value as Firestore's REST API writes it, as far as it is looked into here. */
type Value = { integerValue?: string; mapValue?: { fields?: Record<string, Value> } };

async function document(path: string, query: string, init?: RequestInit): Promise<{ fields: Record<string, Value> }> {
  const root = `http://${endpoints.firestore}/v1/projects/${endpoints.projectId}/databases/(default)/documents`;
  const headers = { "Content-Type": "application/json", Authorization: "Bearer owner" };
  const answer = await fetch(`${root}/${path}${query}`, { ...init, headers });
  if (!answer.ok) throw new Error(`Firestore answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { fields: Record<string, Value> };
}

async function write(path: string, field: string, value: Value): Promise<void> {
  const body = JSON.stringify({ fields: { [field]: value } });
  await document(path, `?updateMask.fieldPaths=${field}`, { method: "PATCH", body });
}

/** Has an order say that it was to cost something else: what is paid then is not what was offered. */
export async function misprice(session: string, amount: number): Promise<void> {
  await write(`orders/${session}`, "amount", { integerValue: String(amount) });
}

/** Has somebody have made so many pictures today with each of their plans and passes, of which they have used one. */
export async function useToday(uid: string, images: number): Promise<void> {
  const { usage } = (await document(`users/${uid}`, "")).fields;
  for (const day of Object.values(usage?.mapValue?.fields ?? {})) {
    const byPlan = day.mapValue?.fields?.byPlan?.mapValue?.fields ?? {};
    for (const plan of Object.keys(byPlan)) byPlan[plan] = { integerValue: String(images) };
  }
  await write(`users/${uid}`, "usage", usage ?? {});
}
