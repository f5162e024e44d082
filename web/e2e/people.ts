import { randomUUID } from "node:crypto";
import { endpoints } from "./local";

/** Somebody with an account, as the pages know them. */
export type Person = {
  uid: string;
  name: string;
  email: string;
  password: string;
  isVerified: boolean;
  token: string;
  refreshToken: string;
};

const IDENTITY = `http://${endpoints.auth}/identitytoolkit.googleapis.com/v1`;
const PASSWORD = "secret1";

type Fields = Record<string, unknown>;

async function answered(response: Response): Promise<Fields> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return text ? (JSON.parse(text) as Fields) : {};
}

async function identity(path: string, body: Fields): Promise<Fields> {
  // The emulator takes this for somebody who may make accounts.
  const headers = { "Content-Type": "application/json", Authorization: "Bearer owner" };
  return answered(
    await fetch(`${IDENTITY}/${path}?key=local`, { method: "POST", headers, body: JSON.stringify(body) }),
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

type Options = { name?: string; isVerified?: boolean; packages?: readonly string[]; uid?: string };

/** Somebody new, verified unless said otherwise, who has bought what is named. */
export async function newPerson({
  name = "Ada Okafor",
  isVerified = true,
  packages = [],
  uid = randomUUID().replaceAll("-", "").slice(0, 28),
}: Options = {}): Promise<Person> {
  const account = { localId: uid, email: newEmail(name), password: PASSWORD };
  const made = { ...account, displayName: name, emailVerified: isVerified };
  await identity(`projects/${endpoints.projectId}/accounts`, made);
  const person = { uid, name, email: account.email, password: PASSWORD, isVerified, ...(await tokens(account.email)) };
  await call(person, "open-account", {});
  for (const pack of packages) await buy(person, pack);
  return person;
}

/** Has somebody's e-mail be verified, as by the link of the mail. */
export async function verify({ uid }: Person): Promise<void> {
  await identity(`projects/${endpoints.projectId}/accounts:update`, { localId: uid, emailVerified: true });
}

/** The administrator of the local cloud, who can call the operators' functions. */
export async function administrator(): Promise<Person> {
  const { userId: uid, email, password } = endpoints.administrator;
  return { uid, name: "Administrator", email, password, isVerified: true, ...(await tokens(email, password)) };
}

async function tokens(email: string, password = PASSWORD): Promise<Pick<Person, "token" | "refreshToken">> {
  const { idToken, refreshToken } = await identity("accounts:signInWithPassword", {
    email,
    password,
    returnSecureToken: true,
  });
  return { token: String(idToken), refreshToken: String(refreshToken) };
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
export async function buy(person: Person, pack: string): Promise<string> {
  const { sessionId } = await call(person, "create-checkout", { package: pack });
  const form = new URLSearchParams({ email: person.email, card: "4242424242424242" });
  const url = `${endpoints.stripe}/c/pay/${sessionId}/complete`;
  const paid = await fetch(url, { method: "POST", body: form, redirect: "manual" });
  if (paid.status >= 400) throw new Error(`the local Stripe answered ${paid.status}`);
  await call(person, "confirm-checkout", { sessionId });
  return String(sessionId);
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

/** The newest lines of somebody's ledger, of one type where it is named. */
export async function lines(person: Person, type?: string): Promise<Line[]> {
  const { transactions } = (await ask(person, "list-transactions", { limit: "100" })) as { transactions: Line[] };
  return transactions.filter((line) => type === undefined || line.type === type);
}

export type Package = { id: string; name: string; tokens: number; amount: number; currency: string };

/** What is for sale under an id. */
export async function packageNamed(id: string): Promise<Package> {
  const { packages } = (await ask(null, "get-catalog")) as { packages: Package[] };
  const found = packages.find((each) => each.id === id);
  if (!found) throw new Error(`there is no package ${id}`);
  return found;
}

/** A price as the pages show it to these browsers. */
export function priceOf({ amount, currency }: Pick<Package, "amount" | "currency">): string {
  const form = new Intl.NumberFormat("en-US", { style: "currency", currency });
  return form.format(amount / 10 ** (form.resolvedOptions().maximumFractionDigits ?? 2));
}

/** Has all of the money of a purchase go back, as somebody does in Stripe's own dashboard. */
export async function payBack(session: string): Promise<void> {
  const headers = { Authorization: "Bearer sk_test_local" };
  const { payment_intent, amount_total } = await answered(
    await fetch(`${endpoints.stripe}/v1/checkout/sessions/${session}`, { headers }),
  );
  const body = new URLSearchParams({ payment_intent: String(payment_intent), amount: String(amount_total) });
  await answered(await fetch(`${endpoints.stripe}/_local/refunds`, { method: "POST", body }));
}
