"use client";

import { useSearchParams } from "next/navigation";
import { bestValue, type Catalog, type Package } from "@/hooks/use-catalog";
import { useCheckout } from "@/hooks/use-checkout";
import { idFrom } from "@/lib/address";
import { CheckoutState } from "./checkout-state";
import { Note } from "./note";
import { pictureCost } from "./pictures";

const GRID = "mt-6 grid gap-4 sm:mt-9 sm:grid-cols-2 xl:grid-cols-4";
const SKELETONS = ["first", "second", "third", "fourth"];

/** The packages as banknotes. `?package=` names the one that somebody came for, which then is the first. */
export function Packages({ catalog }: { catalog: Catalog }) {
  const wanted = idFrom(useSearchParams().get("package"));
  const checkout = useCheckout();
  const best = bestValue(catalog.packages);
  return (
    <>
      <CheckoutState checkout={checkout} />
      <ul className={GRID}>
        {inOrder(catalog.packages, wanted).map((offer) => (
          <Note
            key={offer.id}
            offer={offer}
            position={catalog.packages.indexOf(offer)}
            isBest={offer === best}
            isWanted={offer.id === wanted}
            isMarked={offer === (catalog.packages.find((each) => each.id === wanted) ?? best)}
            cost={pictureCost(catalog)}
            checkout={checkout}
          />
        ))}
      </ul>
    </>
  );
}

export function PackagesSkeleton() {
  return (
    <ul className={GRID}>
      {SKELETONS.map((each) => (
        <li key={each} className="skeleton h-[12.9rem] rounded-note sm:h-[23.4rem]" />
      ))}
    </ul>
  );
}

function inOrder(packages: readonly Package[], first: string | null): Package[] {
  return [...packages].sort((one, other) => Number(other.id === first) - Number(one.id === first));
}
