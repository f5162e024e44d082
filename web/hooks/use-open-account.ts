"use client";

import { useEffect } from "react";
import { openAccount } from "@/lib/account";
import { inTab } from "@/lib/storage";
import { useSession } from "./use-session";

/**
 * Opens the account once a tab, and again once the e-mail is verified, which grants the bonus. The
 * balance of the answer is shown.
 *
 * It depends on what the token says: the user object knows earlier, and an old token opens no bonus.
 */
export function useOpenAccount(expectAnswer: () => (balance: number) => void): void {
  const { person } = useSession();
  const uid = person?.uid;
  const isVerified = person?.isVerified;
  useEffect(() => {
    if (!uid) return;
    const opened = `opened:${uid}:${isVerified ? "verified" : "unverified"}`;
    if (inTab.get(opened)) return;
    const show = expectAnswer();
    openAccount().then(
      ({ tokenBalance }) => {
        inTab.set(opened, "1");
        show(tokenBalance);
      },
      // The next page, and every refusal `no-such-account`, opens it again.
      () => undefined,
    );
  }, [uid, isVerified, expectAnswer]);
}
