"use client";

import {
  type AnswerOf,
  type BodyOf,
  type Intents,
  intents,
  type KeyedPath,
  OutcomeUnknown,
  type Pending,
  Refused,
} from "guilder-client";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api } from "@/lib/api";
import { useSession } from "./use-session";

type Kept = {
  intents: Intents | null;
  /** What was pressed before and may or may not have been done. */
  pending: Pending[];
  /** Reads again what is pending. */
  look: () => void;
};

const KeptContext = createContext<Kept>({ intents: null, pending: [], look: () => undefined });

/** Keeps the keys of the presses of whoever is signed in. */
export function IntentProvider({ children }: { children: ReactNode }) {
  const { person } = useSession();
  const uid = person?.uid;
  const mine = useMemo(() => (uid ? intents(api, () => sessionStorage, uid) : null), [uid]);
  const [pending, setPending] = useState<Pending[]>([]);
  const look = useCallback(() => setPending(mine?.pending() ?? []), [mine]);

  useEffect(() => {
    look();
    return () => mine?.stop();
  }, [mine, look]);

  const value = useMemo(() => ({ intents: mine, pending, look }), [mine, pending, look]);
  return <KeptContext value={value}>{children}</KeptContext>;
}

/** The presses of before whose outcome is unknown, and what ends them. */
export function usePending() {
  const { intents: mine, pending, look } = useContext(KeptContext);
  const forget = (intent: Pending) => {
    mine?.forget(intent);
    look();
  };
  return { pending, forget };
}

/** How a press is doing. */
export type Press =
  | { state: "idle" | "sending" }
  /** It is not known yet whether it went through. In so many seconds it is asked about, with the same key. */
  | { state: "checking"; seconds: number; error: Refused | OutcomeUnknown }
  /** The tries are used up. The key is kept: the next press asks about this one. */
  | { state: "unknown" }
  | { state: "refused"; error: Refused };

/**
 * A press that moves tokens or money, done once however often it is made.
 *
 * `press` answers undefined where there is no answer; `state` tells why.
 */
export function useIntent<P extends KeyedPath>(path: P) {
  const { intents: mine, look } = useContext(KeptContext);
  const [press, setPress] = useState<Press>({ state: "idle" });
  const isHere = useRef(true);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);

  async function send(body: BodyOf<P>): Promise<AnswerOf<P> | undefined> {
    if (!mine) return undefined;
    const show = (next: Press) => {
      if (isHere.current) setPress(next);
    };
    show({ state: "sending" });
    try {
      const answer = await mine.settle(path, body, (seconds, error) => show({ state: "checking", seconds, error }));
      show({ state: "idle" });
      return answer;
    } catch (error) {
      if (error instanceof Refused) show({ state: "refused", error });
      else if (error instanceof OutcomeUnknown) show({ state: "unknown" });
      else show({ state: "idle" });
      if (!isTold(error)) throw error;
      return undefined;
    } finally {
      look();
    }
  }

  const isBusy = press.state === "sending" || press.state === "checking";
  return { press: send, state: press, isBusy, reset: () => setPress({ state: "idle" }) };
}

/** Whether `state` says it, or nobody has to hear of it: somebody else is signed in now. */
function isTold(error: unknown): boolean {
  const isStopped = error instanceof DOMException && error.name === "AbortError";
  return error instanceof Refused || error instanceof OutcomeUnknown || isStopped;
}
