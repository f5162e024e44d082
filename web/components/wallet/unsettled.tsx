"use client";

import { WasICharged } from "@/components/explain/was-i-charged";
import { Notice } from "@/components/ui/notice";
import { useOwnOrders } from "@/hooks/use-orders";
import { price } from "@/lib/money";
import { wallet as words } from "@/lib/words/wallet";

/** Purchases that are neither done nor over: one that a person looks at, and one that a bank has not confirmed. */
export function Unsettled() {
  const unsettled = useOwnOrders()?.filter(({ status }) => status === "parked" || status === "pending") ?? [];
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
