"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { useEffect, useRef } from "react";
import { api } from "@/lib/api";
import { useBalance } from "./use-balance";
import { useSession } from "./use-session";

export type Wallet = Schemas["GetWalletWalletAnswer"];

/**
 * What the wallet's document does not say in plain words: what ends when, the plan, the passes and the trial.
 *
 * It is asked for again whenever the document changes.
 */
export function useWallet() {
  const { person } = useSession();
  const uid = person?.uid;
  const queries = useQueryClient();
  useWhenMoved(() => queries.invalidateQueries({ queryKey: ["wallet", uid] }));
  return useQuery({
    queryKey: ["wallet", uid],
    enabled: uid !== undefined,
    queryFn: ({ signal }) => answerOf(api.GET("/api/get-wallet", { signal })),
  });
}

/** Calls `look` each time that the wallet's document has changed, but not for the first one that is seen. */
export function useWhenMoved(look: () => void): void {
  const { wallet } = useBalance();
  const seen = useRef(wallet);
  const latest = useRef(look);
  useEffect(() => {
    latest.current = look;
  });
  useEffect(() => {
    const before = seen.current;
    seen.current = wallet;
    if (before !== undefined && wallet !== undefined && before !== wallet) latest.current();
  }, [wallet]);
}
