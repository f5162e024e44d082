import type { MethodResponse } from "openapi-fetch";
import { answerOf, OutcomeUnknown, Refused } from "./answer.js";
import type { Api } from "./connect.js";
import { type Note, type NoteStorage, Notes } from "./notes.js";
import type { paths } from "./schema.js";

interface Keyed {
  post: { parameters: { header: { "Idempotency-Key": string } } };
}

/** The functions that want an `Idempotency-Key`: all that move tokens or money when they are called. */
export type KeyedPath = { [P in keyof paths]: paths[P] extends Keyed ? P : never }[keyof paths];

export type BodyOf<P extends KeyedPath> = paths[P]["post"]["requestBody"]["content"]["application/json"];
export type AnswerOf<P extends KeyedPath> = MethodResponse<Api, "post", P>;

/** One press of a button: what it asked for, and the key under which that is done at most once. */
export interface Intent<P extends KeyedPath> {
  readonly key: string;
  readonly path: P;
  readonly body: BodyOf<P>;
  /** When it was pressed, in milliseconds since 1970. */
  readonly at: number;
}

/** An intent of any function; `path` says of which. */
export type Pending = { [P in KeyedPath]: Intent<P> }[KeyedPath];

/** Is told, before each wait, how many seconds it takes and what came instead of a definite answer. */
export type OnWait = (seconds: number, error: OutcomeUnknown | Refused) => void;

export interface Intents {
  /**
   * The answer to a press, sent again with the same key until it is definite.
   *
   * The same press while it runs, or within a second of its answer, is a double click and gets the same answer. After an
   * unknown outcome, or a reload, it is sent with the key that it had.
   *
   * Throws `Refused`, or `OutcomeUnknown` when the tries are used up; then the key is kept for the next press.
   */
  settle<P extends KeyedPath>(path: P, body: BodyOf<P>, onWait?: OnWait): Promise<AnswerOf<P>>;

  /** What was pressed here and may or may not have been done, oldest first, without what is being settled now. */
  pending(): Pending[];

  /** `settle` for one of those that are pending. It spends what the press would have: call it when somebody says so. */
  finish<P extends KeyedPath>(intent: Intent<P>, onWait?: OnWait): Promise<AnswerOf<P>>;

  /** Drops an intent. If it was done already, it stays done. */
  forget(intent: Pick<Note, "key">): void;

  /** Ends the waiting, with an `AbortError` for who waits; what is pending stays. For when somebody else signs in. */
  stop(): void;

  /** `stop`, and forgets everything of this user. For when they sign out. */
  clear(): void;
}

export interface IntentsOptions {
  /** How to wait some seconds; rejects when the signal says so. */
  wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

/** How long it takes until each next try, in seconds. */
const WAITS = [1, 2, 4, 8] as const;

/** Whoever has to wait for longer than this is told so, and decides. */
const LONGEST_WAIT = 8;

const DOUBLE_CLICK_MILLISECONDS = 1000;

/**
 * The presses of one user, each with its key.
 *
 * `storage` is asked for whenever it is needed: `() => sessionStorage`, which a browser may refuse to hand out. It is one
 * tab's own: a press in another tab is another press, while a tab that is duplicated takes the keys along.
 */
export function intents(api: Api, storage: () => NoteStorage, userId: string, options: IntentsOptions = {}): Intents {
  const { wait = waited } = options;
  const notes = new Notes(storage);
  const running = new Map<string, { answer: Promise<unknown>; answeredAt?: number }>();
  let stopped = new AbortController();

  function mine(): Note[] {
    return notes.all().filter((note) => note.userId === userId);
  }

  function settle<P extends KeyedPath>(path: P, body: BodyOf<P>, onWait?: OnWait): Promise<AnswerOf<P>> {
    const name = nameOf(path, body);
    const now = performance.now();
    for (const [other, { answeredAt = now }] of running) {
      if (now - answeredAt >= DOUBLE_CLICK_MILLISECONDS) running.delete(other);
    }
    let run = running.get(name);
    if (run === undefined) {
      const started: { answer: Promise<unknown>; answeredAt?: number } = { answer: settled(path, body, name, onWait) };
      running.set(name, started);
      started.answer.then(
        () => {
          started.answeredAt = performance.now();
        },
        () => {
          if (running.get(name) === started) running.delete(name);
        },
      );
      run = started;
    }
    return run.answer as Promise<AnswerOf<P>>;
  }

  async function settled(path: KeyedPath, body: unknown, name: string, onWait?: OnWait): Promise<unknown> {
    const { signal } = stopped;
    const known = mine().find((note) => nameOf(note.path, note.body) === name);
    let note: Note = known ?? { key: newKey(), userId, path, body, at: Date.now(), unsure: false };
    let unsure = note.unsure;
    for (let attempt = 0; ; attempt += 1) {
      // The page may be closed before the answer is there.
      note = { ...note, unsure: true };
      notes.write(note);
      try {
        const answer = await answerOf(sent(note, signal));
        notes.remove(note.key);
        return answer;
      } catch (error) {
        if (!(error instanceof Refused || error instanceof OutcomeUnknown)) throw error;
        signal.throwIfAborted();
        unsure ||= error instanceof OutcomeUnknown;
        if (isDefinite(error)) notes.remove(note.key);
        else notes.write({ ...note, unsure });
        const seconds = secondsUntilNext(attempt, error);
        if (seconds === undefined) throw error;
        onWait?.(seconds, error);
        await wait(seconds, signal);
      }
    }
  }

  function sent(note: Note, signal: AbortSignal) {
    const init = { params: { header: { "Idempotency-Key": note.key } }, body: note.body, signal };
    return api.POST(note.path as KeyedPath, init as never);
  }

  function pending(): Pending[] {
    const now = new Set([...running].filter(([, run]) => run.answeredAt === undefined).map(([name]) => name));
    const unsure = mine().filter((note) => note.unsure && !now.has(nameOf(note.path, note.body)));
    return unsure.map(({ key, path, body, at }) => ({ key, path, body, at }) as Pending);
  }

  function stop(): void {
    stopped.abort(new DOMException("Somebody else is signed in now.", "AbortError"));
    stopped = new AbortController();
    running.clear();
  }

  return {
    settle,
    pending,
    finish: (intent, onWait) => settle(intent.path, intent.body, onWait),
    forget: (intent) => notes.remove(intent.key),
    stop,
    clear() {
      stop();
      for (const note of mine()) notes.remove(note.key);
    },
  };
}

/** Whether nothing that is still under way, or that was lost, can make the answer another one. */
function isDefinite(error: Refused | OutcomeUnknown): boolean {
  // A 401 was given before anybody looked at the key, and who is told to wait is expected to come again.
  return error instanceof Refused && error.problem.status < 500 && ![401, 408, 429].includes(error.problem.status);
}

/** After how many seconds the same is to be sent again, or undefined where that is for the user to decide. */
function secondsUntilNext(attempt: number, error: Refused | OutcomeUnknown): number | undefined {
  const own = WAITS[attempt];
  if (own === undefined || (error instanceof Refused && error.retryAfter === undefined)) return undefined;
  const seconds = Math.max(own, error.retryAfter ?? 0);
  return seconds > LONGEST_WAIT ? undefined : seconds;
}

/** The same for the same request, in whatever order its fields were written. */
function nameOf(path: string, body: unknown): string {
  return JSON.stringify([path, body], (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}

/** 128 random bits. crypto.randomUUID() is not there on a page without TLS, such as a phone's view of this machine. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function waited(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop);
  });
}
