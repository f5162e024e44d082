"use client";

import type { OwnOrder } from "@/lib/firebase/live";
import { useLive } from "./use-live";
import { useSession } from "./use-session";

export type { OwnOrder };

/** One's newest orders, live, or undefined before they are known. */
export function useOwnOrders(): readonly OwnOrder[] | undefined {
  const { person } = useSession();
  const uid = person?.uid;
  const { found } = useLive<OwnOrder[]>(uid ? `orders of ${uid}` : null, async (show, fail) => {
    const { watchOrders } = await import("@/lib/firebase/live");
    return watchOrders(uid ?? "", show, fail);
  });
  return found?.value;
}
