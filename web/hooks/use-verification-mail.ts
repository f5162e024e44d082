"use client";

import { useEffect, useState } from "react";
import { useStatus } from "@/components/ui/status";
import { secondsUntilNextMail } from "@/lib/mails";
import { bars } from "@/lib/words/shell";

/** Sends the link that verifies the e-mail. `left` is in how many seconds the next one may be sent. */
export function useVerificationMail() {
  const [left, setLeft] = useState(0);
  const say = useStatus();

  useEffect(() => {
    const look = () => setLeft(secondsUntilNextMail());
    look();
    const tick = setInterval(look, 1000);
    return () => clearInterval(tick);
  }, []);

  async function send() {
    try {
      const { sendVerification } = await import("@/lib/firebase/auth");
      await sendVerification();
      say(bars.sent);
    } catch {
      say(bars.notSent);
    } finally {
      setLeft(secondsUntilNextMail());
    }
  }

  return { left, send };
}
