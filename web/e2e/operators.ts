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
