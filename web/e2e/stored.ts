import { randomUUID } from "node:crypto";
import { endpoints } from "./local";

/** A value as Firestore's REST API writes it, as far as it is looked into here. */
type Value = {
  integerValue?: string;
  stringValue?: string;
  timestampValue?: string;
  mapValue?: { fields?: Record<string, Value> };
};
type Stored = { fields: Record<string, Value> };

const ROOT = `projects/${endpoints.projectId}/databases/(default)/documents`;

async function asked<T>(path: string, init?: RequestInit): Promise<T> {
  const headers = { "Content-Type": "application/json", Authorization: "Bearer owner" };
  const answer = await fetch(`http://${endpoints.firestore}/v1/${ROOT}${path}`, { ...init, headers });
  if (!answer.ok) throw new Error(`Firestore answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function write(path: string, field: string, value: Value): Promise<void> {
  const body = JSON.stringify({ fields: { [field]: value } });
  await asked(`/${path}?updateMask.fieldPaths=${field}`, { method: "PATCH", body });
}

/** Makes more posts like one, older and older, with these captions: to paint each takes a second of the machine. */
export async function postMore(uid: string, postId: string, captions: readonly string[]): Promise<void> {
  const { fields } = await asked<Stored>(`/posts/${postId}`);
  const newest = Date.parse(fields.createdAt?.timestampValue ?? "");
  const posts = captions.map((caption, place) => {
    const createdAt = { timestampValue: new Date(newest - 1000 * (place + 1)).toISOString() };
    const name = `${ROOT}/posts/${randomUUID().replaceAll("-", "")}`;
    return { update: { name, fields: { ...fields, caption: { stringValue: caption }, createdAt } } };
  });
  const counted = { fieldPath: "postCount", increment: { integerValue: String(captions.length) } };
  const writes = [...posts, { transform: { document: `${ROOT}/profiles/${uid}`, fieldTransforms: [counted] } }];
  await asked(":commit", { method: "POST", body: JSON.stringify({ writes }) });
}

/** Has an order say that it was to cost something else: what is paid then is not what was offered. */
export async function misprice(session: string, amount: number): Promise<void> {
  await write(`orders/${session}`, "amount", { integerValue: String(amount) });
}

/** Has somebody have made so many pictures today with each of their plans and passes, of which they have used one. */
export async function useToday(uid: string, images: number): Promise<void> {
  const { usage } = (await asked<Stored>(`/users/${uid}`)).fields;
  for (const day of Object.values(usage?.mapValue?.fields ?? {})) {
    const byPlan = day.mapValue?.fields?.byPlan?.mapValue?.fields ?? {};
    for (const plan of Object.keys(byPlan)) byPlan[plan] = { integerValue: String(images) };
  }
  await write(`users/${uid}`, "usage", usage ?? {});
}
