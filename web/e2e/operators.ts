import { endpoints } from "./local";
import { newPerson, type Person } from "./people";

/** Somebody who may use the operators' desk. */
export async function newAdministrator(name: string): Promise<Person> {
  const person = await newPerson({ name });
  const { uid, email, password } = person;
  await identity("accounts:update", { localId: uid, customAttributes: JSON.stringify({ admin: true }) });
  const fresh = await identity("accounts:signInWithPassword", { email, password, returnSecureToken: true });
  return { ...person, token: fresh.idToken, refreshToken: fresh.refreshToken };
}

async function identity(method: string, body: object): Promise<{ idToken: string; refreshToken: string }> {
  const url = `http://${endpoints.auth}/identitytoolkit.googleapis.com/v1/${method}?key=local`;
  const headers = { "Content-Type": "application/json", Authorization: "Bearer owner" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`Auth answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { idToken: string; refreshToken: string };
}

/** Has an order say that it was to cost something else: what is paid then is not what was offered. */
export async function misprice(session: string, amount: number): Promise<void> {
  const document = `projects/${endpoints.projectId}/databases/(default)/documents/orders/${session}`;
  const answer = await fetch(`http://${endpoints.firestore}/v1/${document}?updateMask.fieldPaths=amount`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json", Authorization: "Bearer owner" },
    body: JSON.stringify({ fields: { amount: { integerValue: String(amount) } } }),
  });
  if (!answer.ok) throw new Error(`Firestore answered ${answer.status}: ${await answer.text()}`);
}
