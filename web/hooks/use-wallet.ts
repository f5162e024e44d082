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

/**
 * Calls `look` each time that the wallet's document has changed. The first one that is seen is a change only where an
 * answer had told another balance.
 */
export function useWhenMoved(look: () => void): void {
  const { wallet, balance } = useBalance();
  const seen = useRef({ wallet, balance });
  const latest = useRef(look);
  useEffect(() => {
    latest.current = look;
  });
  useEffect(() => {
    const before = seen.current;
    if (!wallet || before.wallet === wallet) return;
    const isFirst = before.wallet === undefined;
    const isAsTold = before.balance === undefined || before.balance === wallet.tokenBalance;
    if (!isFirst || !isAsTold) latest.current();
  }, [wallet]);
  useEffect(() => {
    seen.current = { wallet, balance };
  });
}
