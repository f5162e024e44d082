"use client";

import { answerOf } from "guilder-client";
import { useEffect } from "react";
import { openAccount } from "@/lib/account";
import { api } from "@/lib/api";
import { inTab } from "@/lib/storage";
import type { ExpectAnswer } from "./use-balance";
import { useSession } from "./use-session";

/**
 * Opens the account once a tab, and again once the e-mail is verified, which grants the bonus, and shows its balance.
 *
 * It depends on what the token says: the user object knows earlier, and an old token opens no bonus.
 */
export function useOpenAccount(expectAnswer: ExpectAnswer): void {
  const { person } = useSession();
  const uid = person?.uid;
  const isVerified = person?.isVerified;
  useEffect(() => {
    if (!uid) return;
    const opened = `opened:${uid}:${isVerified ? "verified" : "unverified"}`;
    if (inTab.get(opened)) return;
    const open = async () => {
      const show = expectAnswer();
      const { tokenBalance } = await openAccount();
      inTab.set(opened, "1");
      if (show(tokenBalance)) return;
      // A new token starts Firestore's stream again, and what was heard of it may be of before the bonus.
      const showNow = expectAnswer();
      showNow((await answerOf(api.GET("/api/get-wallet"))).tokenBalance);
    };
    // The next page, and every refusal `no-such-account`, opens it again.
    open().catch(() => undefined);
  }, [uid, isVerified, expectAnswer]);
}
