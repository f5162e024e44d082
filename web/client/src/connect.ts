import createClient, { type Client } from "openapi-fetch";
import { answerOf, OutcomeUnknown } from "./answer.js";
import { exchange } from "./exchange.js";
import type { paths } from "./schema.js";

/** The functions by their paths: `api.GET("/api/get-wallet")`, `api.POST("/api/publish-post", { body })`. */
export type Api = Client<paths>;

/**
 * The Firebase ID token of whoever is signed in, or undefined.
 *
 * With `force` it must be a new one: `(force) => auth.currentUser?.getIdToken(force)`.
 */
export type Token = (force: boolean) => Promise<string | undefined> | string | undefined;

export interface ConnectOptions {
  /** How many seconds without a byte of the answer are too many. */
  timeout?: number;
  /** Whether to open the account of whoever has none, and to send the same again, once. */
  opensAccount?: boolean;
}

/**
 * A client of the API at `origin`: that of the page itself where `/api` is of the same host.
 *
 * A 401 is answered with a new token, once. A call rejects with `OutcomeUnknown` when no answer came; its answer is
 * taken out by `answerOf`.
 */
export function connect(origin: string, token: Token = () => undefined, options: ConnectOptions = {}): Api {
  const { timeout = 30, opensAccount = false } = options;
  let replaced: { old: string; fresh: Promise<string | undefined> } | undefined;

  /** The token in the place of one that was refused: the same new one for all calls that had it. */
  function freshFor(old: string): Promise<string | undefined> {
    if (replaced?.old === old) return replaced.fresh;
    const fresh = Promise.resolve(token(true));
    replaced = { old, fresh };
    fresh.catch(() => {
      if (replaced?.fresh === fresh) replaced = undefined;
    });
    return fresh;
  }

  async function withToken(request: Request): Promise<Response> {
    const known = await token(false);
    const answer = await exchange(request.clone(), known, timeout);
    if (answer.status !== 401 || known === undefined) return answer;
    const fresh = await freshFor(known);
    return fresh === undefined ? answer : exchange(request, fresh, timeout);
  }

  async function open({ signal }: Request): Promise<boolean> {
    const headers = { "Content-Type": "application/json" };
    const url = `${origin}/api/open-account`;
    const answer = await withToken(
      new Request(url, { method: "POST", headers, body: "{}", signal, redirect: "error" }),
    );
    return answer.ok;
  }

  async function send(request: Request): Promise<Response> {
    try {
      const answer = await withToken(request.clone());
      const isMissing = opensAccount && answer.status === 404 && (await saysNoAccount(answer.clone()));
      // It was refused before anything was looked at, so the same key may come again.
      return isMissing && (await open(request)) ? await withToken(request) : answer;
    } catch (cause) {
      if (request.signal.aborted) throw request.signal.reason;
      throw new OutcomeUnknown("No answer came.", { cause });
    }
  }

  // A token goes to this host and to no other.
  return createClient<paths>({ baseUrl: origin, fetch: send, redirect: "error" });
}

async function saysNoAccount(answer: Response): Promise<boolean> {
  const told = (await answer.json().catch(() => null)) as { type?: unknown } | null;
  return told?.type === "no-such-account";
}

/** The caller's ledger as CSV, oldest line first; `from` (inclusive) and `to` (exclusive) are RFC 3339 times. */
export function exportTransactions(api: Api, span: { from?: string; to?: string } = {}): Promise<Blob> {
  return answerOf(api.GET("/api/export-transactions", { params: { query: span }, parseAs: "blob" }));
}
