"use client";

import { ArrowUpRight, Check } from "lucide-react";
import { Banknote } from "@/components/ui/banknote";
import { Button } from "@/components/ui/button";
import { useBalance } from "@/hooks/use-balance";
import type { Package } from "@/hooks/use-catalog";
import type { Checkout } from "@/hooks/use-checkout";
import { count, price } from "@/lib/money";
import { engravingOf } from "@/lib/rosette";
import { buy } from "@/lib/words/buy";
import { tokens } from "@/lib/words/tokens";

type NoteProps = {
  offer: Package;
  /** Its place in the catalogue, which chooses its print. */
  position: number;
  isBest: boolean;
  isWanted: boolean;
  /** It is the one that stands out: what somebody came for, else the best value. */
  isMarked: boolean;
  /** What a picture costs, if pictures are made here. */
  cost: number | undefined;
  checkout: Checkout;
};

/** A package, as the banknote that it is. */
export function Note({ offer, position, isBest, isWanted, isMarked, cost, checkout }: NoteProps) {
  const { isFrozen } = useBalance();
  const engraving = engravingOf(position);
  const isLeaving = checkout.leaving?.package === offer.id;
  return (
    <li
      data-testid={`package-${offer.id}`}
      style={{ ["--hue" as string]: engraving.hue }}
      className={`relative flex flex-col overflow-hidden rounded-note border bg-sheet shadow-sheet ${isMarked ? "border-ink" : "border-line"}`}
    >
      <Banknote
        engraving={engraving}
        name={<h2>{offer.name}</h2>}
        badge={isWanted ? buy.enough : isBest ? buy.bestValue : undefined}
      >
        <p>
          {count(offer.tokens)}
          <span className="sr-only"> {tokens.unit(offer.tokens)}</span>
        </p>
      </Banknote>
      <div className="grid flex-1 grid-cols-[1fr_auto] content-center items-center gap-x-3 p-4 sm:flex sm:flex-col sm:items-stretch">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="amount text-2xl font-medium tracking-tight">{price(offer.amount, offer.currency)}</span>
          {offer.bonusPercent > 0 ? (
            <span className="note-ink text-sm font-medium">{buy.bonus(offer.bonusPercent)}</span>
          ) : null}
        </p>
        {cost ? (
          <ul className="mt-1 flex flex-wrap gap-x-3 text-[0.84rem] text-soft sm:mt-3 sm:mb-5 sm:grid sm:gap-1.5">
            <Point>{tokens.pictures(Math.floor(offer.tokens / cost))}</Point>
            <Point>{buy.pricePerPicture(price((offer.amount / offer.tokens) * cost, offer.currency))}</Point>
          </ul>
        ) : null}
        <Button
          kind={isMarked ? "gold" : "outline"}
          disabled={checkout.leaving !== null || isFrozen}
          aria-describedby={isFrozen ? "buying-frozen" : undefined}
          onClick={() => checkout.buy({ package: offer.id })}
          className={`col-start-2 row-span-2 row-start-1 min-h-12! min-w-30 sm:mt-auto ${isLeaving ? "px-2 text-[0.82rem]! sm:text-[0.94rem]!" : "px-4 text-[0.94rem]!"}`}
        >
          {isLeaving ? (
            buy.opening
          ) : (
            <>
              {buy.buyNow}
              <span className="sr-only">
                {" "}
                {offer.name}, {price(offer.amount, offer.currency)}
              </span>
              <ArrowUpRight size={16} strokeWidth={1.75} aria-hidden="true" />
            </>
          )}
        </Button>
      </div>
    </li>
  );
}

/** One of the things that are said of an offer. */
export function Point({ children }: { children: React.ReactNode }) {
  return (
    <li className="flex gap-2">
      <Check size={16} strokeWidth={1.75} aria-hidden="true" className="mt-0.5 hidden shrink-0 sm:block" />
      {children}
    </li>
  );
}
