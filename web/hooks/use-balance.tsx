"use client";

import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useLive } from "./use-live";
import { useOpenAccount } from "./use-open-account";
import { useSession } from "./use-session";

/** The wallet on `users/{uid}`, as far as the pages read it. */
export type WalletDocument = {
  tokenBalance: number;
  funds: { bonus: number; purchased: number; earned: number };
  totalTokensPurchased: number;
  totalTokensSpent: number;
  totalTokensEarned: number;
  debt?: number;
  frozen?: Record<string, unknown>;
};

export type ExpectAnswer = () => (balance: number) => boolean;

type Balance = {
  /** The wallet as Firestore has it, or undefined before it is known. */
  wallet: WalletDocument | undefined;
  /** The tokens to show: what the last answer said, until the wallet is heard of again. */
  balance: number | undefined;
  isFrozen: boolean;
  isStale: boolean;
  /**
   * Is called before a request. What it returns shows the balance of the answer at once, but not if the wallet was heard
   * of meanwhile: a picture may have failed, and been refunded, before the answer is there. It says whether that balance
   * is shown now.
   */
  expectAnswer: ExpectAnswer;
};

const BalanceContext = createContext<Balance>({
  wallet: undefined,
  balance: undefined,
  isFrozen: false,
  isStale: false,
  expectAnswer: () => () => false,
});

export const useBalance = () => useContext(BalanceContext);

export function BalanceProvider({ children }: { children: ReactNode }) {
  const { person } = useSession();
  const uid = person?.uid ?? null;
  const [told, setTold] = useState<{ uid: string | null; balance: number } | null>(null);
  const { found, isStale } = useLive<WalletDocument>(uid, async (show, fail) => {
    const { watch } = await import("@/lib/firebase/live");
    return watch<WalletDocument>(`users/${uid}`, show, fail);
  });
  const wallet = found?.value;

  const heard = useRef(wallet);

  // Every new document is newer than what an answer told.
  useEffect(() => {
    heard.current = wallet;
    setTold(null);
  }, [wallet]);

  const expectAnswer = useCallback(() => {
    const before = heard.current;
    return (balance: number) => {
      if (heard.current !== before) return heard.current?.tokenBalance === balance;
      setTold({ uid, balance });
      return true;
    };
  }, [uid]);
  useOpenAccount(expectAnswer);

  const value = useMemo<Balance>(
    () => ({
      wallet,
      balance: (told?.uid === uid ? told.balance : undefined) ?? wallet?.tokenBalance,
      isFrozen: Object.keys(wallet?.frozen ?? {}).length > 0,
      isStale: uid !== null && isStale,
      expectAnswer,
    }),
    [wallet, told, uid, isStale, expectAnswer],
  );
  return <BalanceContext value={value}>{children}</BalanceContext>;
}
