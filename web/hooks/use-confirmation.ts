"use client";

import { useQuery } from "@tanstack/react-query";
import { answerOf, Refused, type Schemas } from "guilder-client";
import { useEffect } from "react";
import { api } from "@/lib/api";
import { useBalance } from "./use-balance";
import { useLive } from "./use-live";
import { useSession } from "./use-session";

export type Confirmation = Schemas["ConfirmationAnswer"];
export type Receipt = NonNullable<Confirmation["receipt"]>;

/** After how many seconds it is asked again, each time; later ones as the last. */
const WAITS = [1, 2, 4, 8] as const;
const LONGEST_WAIT = 8;
const TRIES = 10;

/**
 * What became of a purchase, from the page that Stripe returns to.
 *
 * It asks for a minute. The order in Firestore is a bell: when it changes, however late, it is asked once more.
 */
export function useConfirmation(sessionId: string | null) {
  const { person } = useSession();
  const { expectAnswer } = useBalance();
  const uid = person?.uid;
  const isAsked = sessionId !== null && uid !== undefined;

  const found = useQuery({
    queryKey: ["confirmation", uid, sessionId],
    enabled: isAsked,
    staleTime: 0,
    retry: false,
    queryFn: async ({ signal }) => {
      const show = expectAnswer();
      const body = { sessionId: sessionId ?? "" };
      const answer = await answerOf(api.POST("/api/confirm-checkout", { body, signal }));
      if (answer.tokenBalance !== undefined) show(answer.tokenBalance);
      return answer;
    },
    refetchInterval: ({ state }) => {
      if (state.error instanceof Refused || isDecided(state.data)) return false;
      const asked = state.dataUpdateCount + state.errorUpdateCount;
      return asked < TRIES && (WAITS[asked - 1] ?? LONGEST_WAIT) * 1000;
    },
  });

  const { found: order } = useLive<Record<string, unknown>>(
    isAsked && !isDecided(found.data) && !(found.error instanceof Refused) ? `orders/${sessionId}` : null,
    async (ring, fail) => {
      const { watch } = await import("@/lib/firebase/live");
      return watch(`orders/${sessionId}`, ring, fail);
    },
  );
  const { refetch } = found;
  const bell = order?.value?.status;
  useEffect(() => {
    if (bell !== undefined) refetch();
  }, [bell, refetch]);

  return found;
}

/** Whether asking again can bring nothing new. A plan says until when it was paid once its first payment is booked. */
function isDecided(answer: Confirmation | undefined): boolean {
  if (!answer || answer.status === "pending") return false;
  return answer.receipt?.kind !== "subscription" || answer.receipt.until !== null;
}
