import { randomUUID } from "node:crypto";
import { endpoints } from "./local";

/** Somebody with an account, as the pages know them. */
export type Person = { uid: string; name: string; email: string; password: string; token: string };

const IDENTITY = `http://${endpoints.auth}/identitytoolkit.googleapis.com/v1/accounts`;
const PASSWORD = "secret1";

type Fields = Record<string, unknown>;

async function answered(response: Response): Promise<Fields> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return text ? (JSON.parse(text) as Fields) : {};
}

async function identity(method: string, body: Fields): Promise<Fields> {
  const headers = { "Content-Type": "application/json" };
  return answered(
    await fetch(`${IDENTITY}:${method}?key=local`, { method: "POST", headers, body: JSON.stringify(body) }),
  );
}

/** The newest link that was mailed to an address. */
export async function mailedLink(email: string): Promise<string> {
  const url = `http://${endpoints.auth}/emulator/v1/projects/${endpoints.projectId}/oobCodes`;
  const { oobCodes } = (await answered(await fetch(url))) as { oobCodes: { email: string; oobLink: string }[] };
  const found = oobCodes.filter((each) => each.email === email).at(-1);
  if (!found) throw new Error(`no mail to ${email}`);
  return found.oobLink;
}

/** An address that nobody else has. */
export function newEmail(name: string): string {
  return `${name.toLowerCase().replace(/\W/g, "")}-${randomUUID().slice(0, 8)}@example.com`;
}

type Options = { name?: string; isVerified?: boolean; packages?: readonly string[] };

/** Somebody new, verified unless said otherwise, who has bought what is named. */
export async function newPerson({
  name = "Ada Okafor",
  isVerified = true,
  packages = [],
}: Options = {}): Promise<Person> {
  const email = newEmail(name);
  const { idToken, localId } = await identity("signUp", { email, password: PASSWORD, returnSecureToken: true });
  await identity("update", { idToken, displayName: name });
  if (isVerified) {
    await identity("sendOobCode", { requestType: "VERIFY_EMAIL", idToken });
    await fetch(await mailedLink(email));
  }
  const fresh = await identity("signInWithPassword", { email, password: PASSWORD, returnSecureToken: true });
  const person = { uid: String(localId), name, email, password: PASSWORD, token: String(fresh.idToken) };
  await call(person, "open-account", {});
  for (const pack of packages) await buy(person, pack);
  return person;
}

/** What the API answers to somebody. */
export async function call(person: Person, name: string, body: Fields): Promise<Fields> {
  const headers = {
    Authorization: `Bearer ${person.token}`,
    "Content-Type": "application/json",
    "Idempotency-Key": randomUUID(),
  };
  return answered(
    await fetch(`${endpoints.gateway}/api/${name}`, { method: "POST", headers, body: JSON.stringify(body) }),
  );
}

export async function ask(person: Person | null, name: string, query: Record<string, string> = {}): Promise<Fields> {
  const url = `${endpoints.gateway}/api/${name}?${new URLSearchParams(query)}`;
  return answered(await fetch(url, person ? { headers: { Authorization: `Bearer ${person.token}` } } : {}));
}

/** Pays on the local Stripe's page and credits it. */
export async function buy(person: Person, pack: string): Promise<void> {
  const { sessionId } = await call(person, "create-checkout", { package: pack });
  const form = new URLSearchParams({ email: person.email, card: "4242424242424242" });
  const url = `${endpoints.stripe}/c/pay/${sessionId}/complete`;
  const paid = await fetch(url, { method: "POST", body: form, redirect: "manual" });
  if (paid.status >= 400) throw new Error(`the local Stripe answered ${paid.status}`);
  await call(person, "confirm-checkout", { sessionId });
}

/** Makes a post by the public API, and waits until it is there. */
export async function post(person: Person, prompt: string, more: Fields = {}): Promise<string> {
  const { generationId } = await call(person, "generate", { feature: "image", prompt, caption: prompt, ...more });
  for (;;) {
    const generation = await ask(person, "get-generation", { id: String(generationId) });
    if (typeof generation.postId === "string") return generation.postId;
    if (generation.status === "failed") throw new Error(`the generation of "${prompt}" failed`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export type Line = { id: string; type: string; amount: number };

/** The newest lines of somebody's ledger. */
export async function lines(person: Person): Promise<Line[]> {
  const { transactions } = (await ask(person, "list-transactions", { limit: "100" })) as { transactions: Line[] };
  return transactions;
}
