"use client";

import { useQueryClient } from "@tanstack/react-query";
import { answerOf, type Schemas } from "guilder-client";
import { useEffect, useRef, useState } from "react";
import { useStatus } from "@/components/ui/status";
import { leaveFor } from "@/lib/address";
import { api } from "@/lib/api";
import { inTab } from "@/lib/storage";
import { settings as words } from "@/lib/words/settings";

type Settings = Schemas["SetAutoReloadRequest"];

/** Remembers that somebody left for Stripe to save a card. */
const SAVING_CARD = "opened:card";

/** Writes the settings of automatic reload. Where a card is wanted, it leaves for Stripe's page. */
export function useReload() {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  /** What was done, in words that stay. */
  const [told, setTold] = useState<string | null>(null);
  const last = useRef<Settings | null>(null);
  const queries = useQueryClient();
  const say = useStatus();

  async function send(settings: Settings, isBack = false) {
    last.current = settings;
    setBusy(true);
    setError(null);
    setTold(null);
    try {
      const answer = await answerOf(api.POST("/api/set-auto-reload", { body: settings }));
      if (answer.setupUrl && isBack) {
        setTold(words.cardNotSaved);
        return;
      }
      if (answer.setupUrl) {
        inTab.set(SAVING_CARD, "1");
        leaveFor(answer.setupUrl);
        return;
      }
      if (isBack) setTold(words.cardSaved);
      else say(settings.enabled ? words.saved : words.turnedOff);
      await queries.invalidateQueries({ queryKey: ["wallet"] });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  useCardSaved(() => send({ enabled: true }, true));
  return {
    send,
    isBusy,
    error,
    told,
    again: () => last.current && send(last.current),
    reset: () => setError(null),
  };
}

/** Coming back from Stripe: the server looks at the page itself, since the webhook may tell late. */
function useCardSaved(look: () => void): void {
  const latest = useRef(look);
  useEffect(() => {
    latest.current = look;
  });
  useEffect(() => {
    if (!inTab.get(SAVING_CARD)) return;
    inTab.remove(SAVING_CARD);
    latest.current();
  }, []);
}
