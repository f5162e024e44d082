"use client";

import { answerOf } from "guilder-client";
import { useEffect, useState } from "react";
import { useStatus } from "@/components/ui/status";
import { leaveFor } from "@/lib/address";
import { api } from "@/lib/api";

/** Leads to Stripe's page on which a plan is switched or ended and a card is changed. It moves nothing by itself. */
export function usePortal() {
  const [isOpening, setOpening] = useState(false);
  const say = useStatus();

  useEffect(() => {
    const comeBack = (event: PageTransitionEvent) => {
      if (event.persisted) setOpening(false);
    };
    addEventListener("pageshow", comeBack);
    return () => removeEventListener("pageshow", comeBack);
  }, []);

  async function open() {
    setOpening(true);
    try {
      const { url } = await answerOf(api.POST("/api/open-portal", { body: {} }));
      leaveFor(url);
    } catch (error) {
      setOpening(false);
      const { tell } = await import("@/lib/problems");
      say(tell(error).text);
    }
  }

  return { open, isOpening };
}
