"use client";

import { WasICharged } from "@/components/explain/was-i-charged";
import { Notice } from "@/components/ui/notice";
import { useLive } from "@/hooks/use-live";
import { useSession } from "@/hooks/use-session";
import type { OwnOrder } from "@/lib/firebase/live";
import { price } from "@/lib/money";
import { wallet as words } from "@/lib/words/wallet";

/** Purchases that are neither done nor over: one that a person looks at, and one that a bank has not confirmed. */
export function Unsettled() {
  const { person } = useSession();
  const uid = person?.uid ?? null;
  const { found } = useLive<OwnOrder[]>(uid && `orders of ${uid}`, async (show, fail) => {
    const { watchOrders } = await import("@/lib/firebase/live");
    return watchOrders(uid ?? "", show, fail);
  });
  const unsettled = found?.value?.filter(({ status }) => status === "parked" || status === "pending") ?? [];
  if (unsettled.length === 0) return null;
  return (
    <div className="mt-6 grid gap-2">
      {unsettled.map(({ id, status, amount, currency }) => (
        <Notice key={id} action={<WasICharged id={id} className="text-sm" />}>
          {status === "parked" ? words.review(price(amount, currency)) : words.pending(price(amount, currency))}
        </Notice>
      ))}
    </div>
  );
}
