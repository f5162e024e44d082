"use client";

import { TokenAmount } from "@/components/ui/amount";
import { Button, ButtonLink } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Link } from "@/components/ui/link";
import { useBalance } from "@/hooks/use-balance";
import { type Package, smallestCovering, useCatalog } from "@/hooks/use-catalog";
import { type Checkout, useCheckout } from "@/hooks/use-checkout";
import { count, price } from "@/lib/money";
import { engravingOf } from "@/lib/rosette";
import { buy } from "@/lib/words/buy";
import { short as words } from "@/lib/words/short";
import { site } from "@/lib/words/site";
import { tokens } from "@/lib/words/tokens";
import { CheckoutState } from "./checkout-state";

type TooFewProps = {
  have: number;
  needed: number;
  /** How many are missing for that, without what is owed. */
  short: number;
  /** What is owed, where a refusal says it; otherwise it is what the wallet says. */
  owed?: number;
  onClose: () => void;
  /** A sentence about what is not lost meanwhile. */
  kept?: string;
};

/**
 * Says how many tokens are missing, and offers the smallest package that brings them.
 *
 * A wallet that owes pays that off first, so then the package covers both. Nothing is spent by buying: whoever comes back
 * presses again.
 */
export function TooFewDialog({ have, needed, short, owed: told, onClose, kept }: TooFewProps) {
  const { data: catalog } = useCatalog();
  const { wallet } = useBalance();
  const checkout = useCheckout();
  const owed = told ?? wallet?.debt ?? 0;
  const offer = catalog && smallestCovering(catalog.packages, short + owed);
  return (
    <Dialog title={owed > 0 ? words.owes(tokens.amount(owed)) : tokens.short(short)} onClose={onClose}>
      <p className="amount mt-2.5 text-soft">
        {owed > 0 ? `${words.owesWhy} ` : null}
        {words.youHave} <b className="font-medium text-ink">{count(have)}</b>, {words.thisNeeds}{" "}
        <b className="font-medium text-ink">{count(needed)}</b>.{kept ? ` ${kept}` : null}
      </p>
      {catalog === undefined ? (
        <div className="skeleton mt-6 h-[5.4rem]" />
      ) : offer ? (
        <Offer offer={offer} position={catalog.packages.indexOf(offer)} checkout={checkout} />
      ) : (
        <ButtonLink kind="plain" href="/buy-tokens" className="mt-6 w-full">
          {words.plans}
        </ButtonLink>
      )}
      <CheckoutState checkout={checkout} />
      <div className="mt-4 flex items-center justify-between gap-4 text-sm">
        {offer ? (
          <Link
            href={`/buy-tokens?package=${encodeURIComponent(offer.id)}`}
            className="flex min-h-11 items-center underline decoration-line-strong underline-offset-4 hover:decoration-ink"
          >
            {words.other}
          </Link>
        ) : (
          <span />
        )}
        <button type="button" onClick={onClose} className="min-h-11 px-1 text-soft hover:text-ink">
          {site.notNow}
        </button>
      </div>
    </Dialog>
  );
}

function Offer({ offer, position, checkout }: { offer: Package; position: number; checkout: Checkout }) {
  const { isFrozen } = useBalance();
  const cost = price(offer.amount, offer.currency);
  return (
    <div
      style={{ ["--hue" as string]: engravingOf(position).hue }}
      className="note-wash mt-6 flex items-center justify-between gap-4 rounded-field p-4 ps-5"
    >
      <div className="note-ink min-w-0">
        <p className="text-sm">{offer.name}</p>
        <TokenAmount value={offer.tokens} coin={20} className="mt-0.5 text-xl font-medium" />
      </div>
      <Button
        kind="gold"
        disabled={checkout.leaving !== null || isFrozen}
        aria-label={checkout.leaving ? undefined : words.buy(offer.name, cost)}
        aria-describedby={isFrozen ? "buying-frozen" : undefined}
        onClick={() => checkout.buy({ package: offer.id })}
        className="amount shrink-0"
      >
        {checkout.leaving ? buy.opening : cost}
      </Button>
    </div>
  );
}
