import type { components } from "./schema.js";

type Schemas = components["schemas"];
type ProblemAmong<T> = T extends { type: string; title: string; status: number; detail: string } ? T : never;

/** A refusal as the API words it (RFC 9457). Its `type` says which it is, and with it which other members it has. */
export type Problem = ProblemAmong<Schemas[keyof Schemas]>;

/** What a problem can have as its `type`. A server that is newer than this package may know more. */
export type Slug = Problem["type"];

/** The refusals that come with a 503 although the function has decided: it will say the same for a long time. */
const DECIDED: readonly Slug[] = ["budget-used-up", "wallet-inconsistent"];

/** A function looked at the request and said no. This request moved nothing. */
export class Refused extends Error {
  override readonly name = "Refused";

  /** `retryAfter` is when the same request may succeed, in seconds, where the function says so. */
  constructor(
    readonly problem: Problem,
    readonly retryAfter: number | undefined,
  ) {
    super(problem.title);
  }
}

/**
 * No answer came, or one that does not tell what happened: the request may have been done.
 *
 * Whatever is read can be asked for again. What moves tokens or money must be sent again with the same key, or not.
 */
export class OutcomeUnknown extends Error {
  override readonly name = "OutcomeUnknown";
  /** What the API said about it, where it was the API that answered. */
  readonly problem: Problem | undefined;
  /** How many seconds the server wants to be left alone for, where it says so. */
  readonly retryAfter: number | undefined;

  constructor(message: string, { cause, problem, retryAfter }: Unknown = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

interface Unknown {
  cause?: unknown;
  problem?: Problem | undefined;
  retryAfter?: number | undefined;
}

/**
 * The answer to a call: `await answerOf(api.GET("/api/get-wallet"))`.
 *
 * Throws `Refused` or `OutcomeUnknown`; whoever aborts a call by a signal of their own gets their own reason.
 */
export async function answerOf<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await finished(call);
  const type = response.headers.get("Content-Type") ?? "none";
  if (response.ok) {
    // A network that wants a login answers every request with a page of its own.
    if (!/^(application\/json|text\/csv)\b/.test(type)) throw new OutcomeUnknown(`The answer's type is ${type}.`);
    return data as Data;
  }
  const retryAfter = secondsOf(response.headers.get("Retry-After"));
  // Firebase Hosting and Cloud Run refuse in HTML or in plain text, and know nothing of what a function did.
  if (!isProblem(error, response.status)) throw new OutcomeUnknown(`${response.status} with ${type}.`, { retryAfter });
  if (response.status < 500 || DECIDED.includes(error.type)) throw new Refused(error, retryAfter);
  throw new OutcomeUnknown(error.title, { problem: error, retryAfter });
}

async function finished<Call>(call: Promise<Call>): Promise<Call> {
  try {
    return await call;
  } catch (cause) {
    throw cause instanceof SyntaxError ? new OutcomeUnknown("The answer is not JSON.", { cause }) : cause;
  }
}

function isProblem(error: unknown, status: number): error is Problem {
  if (typeof error !== "object" || error === null) return false;
  const told = error as Partial<Record<keyof Problem, unknown>>;
  return (
    told.status === status &&
    typeof told.type === "string" &&
    typeof told.title === "string" &&
    typeof told.detail === "string"
  );
}

/** The seconds of a `Retry-After`, which may also be a date. */
function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}
