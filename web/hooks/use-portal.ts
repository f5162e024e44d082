"use client";

import { answerOf } from "guilder-client";
import { useEffect, useState } from "react";
import { leaveFor } from "@/lib/address";
import { api } from "@/lib/api";

/** Leads to Stripe's page on which a plan is switched or ended and a card is changed. It moves nothing by itself. */
export function usePortal() {
  const [isOpening, setOpening] = useState(false);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    const comeBack = (event: PageTransitionEvent) => {
      if (event.persisted) setOpening(false);
    };
    addEventListener("pageshow", comeBack);
    return () => removeEventListener("pageshow", comeBack);
  }, []);

  async function open() {
    setOpening(true);
    setError(null);
    try {
      const { url } = await answerOf(api.POST("/api/open-portal", { body: {} }));
      leaveFor(url);
    } catch (failure) {
      setOpening(false);
      setError(failure);
    }
  }

  return { open, isOpening, error };
}
