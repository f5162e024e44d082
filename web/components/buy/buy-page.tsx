"use client";

import { useRouter, useSearchParams } from "next/navigation";
import { lazy, Suspense } from "react";
import { Balance } from "@/components/buy/balance";
import { Packages, PackagesSkeleton } from "@/components/buy/packages";
import { Promises } from "@/components/buy/promises";
import { Questions } from "@/components/questions/questions";
import { Empty } from "@/components/ui/empty";
import { Problem } from "@/components/ui/problem";
import { Tabs } from "@/components/ui/tabs";
import { type Catalog, useCatalog } from "@/hooks/use-catalog";
import { useSession } from "@/hooks/use-session";
import { buy } from "@/lib/words/buy";

// The other tab, and what only somebody who is signed in sees.
const Plans = lazy(() => import("./plans").then((found) => ({ default: found.Plans })));
const Lately = lazy(() => import("./lately").then((found) => ({ default: found.Lately })));

type Tab = "packages" | "plans";

/** Where tokens, plans and passes are bought. What there is to buy, and at what price, is the catalogue's. */
export function BuyPage() {
  const { data: catalog, error, refetch } = useCatalog();
  const { state } = useSession();
  return (
    <div className="mx-auto max-w-6xl">
      <header className="flex flex-wrap items-end justify-between gap-x-10 gap-y-5">
        <div>
          <h1 className="display text-[2.75rem] sm:text-[3.6rem]">{buy.title}</h1>
          <p className="mt-3 max-w-lg text-soft sm:text-[1.06rem] sm:leading-[1.625rem]">{leadOf(catalog)}</p>
        </div>
        {state === "out" ? null : <Balance />}
      </header>
      {error ? (
        <div className="mt-9">
          <Problem title={buy.failed} error={error} again={refetch} />
        </div>
      ) : (
        <Suspense fallback={<PackagesSkeleton />}>
          {catalog ? <Offers catalog={catalog} /> : <PackagesSkeleton />}
        </Suspense>
      )}
      <Promises />
      <div className="mt-14 grid gap-x-16 gap-y-12 lg:grid-cols-2">
        {state === "in" ? (
          <Suspense fallback={<div className="skeleton h-64" />}>
            <Lately />
          </Suspense>
        ) : null}
        <Questions />
      </div>
    </div>
  );
}

function leadOf(catalog: Catalog | undefined): string {
  if (!catalog || catalog.packages.length > 0) return buy.lead;
  return buy.leadPlans;
}

/** Packages, and where there are any, plans and passes on a tab of their own. */
function Offers({ catalog }: { catalog: Catalog }) {
  const query = useSearchParams();
  const router = useRouter();
  const { packages, plans } = catalog;
  if (packages.length === 0 && plans.length === 0) {
    return (
      <div className="mt-9">
        <Empty title={buy.nothing} />
      </div>
    );
  }
  if (plans.length === 0) return <Packages catalog={catalog} />;
  if (packages.length === 0) return <PlansTab catalog={catalog} />;
  const chosen: Tab = query.get("tab") === "plans" ? "plans" : "packages";
  return (
    <Tabs<Tab>
      label={buy.kinds}
      className="mt-6 sm:mt-8"
      tabs={[
        { id: "packages", name: buy.tabs.packages },
        { id: "plans", name: buy.tabs.plans },
      ]}
      chosen={chosen}
      choose={(tab) => router.replace(tab === "plans" ? "/buy-tokens?tab=plans" : "/buy-tokens", { scroll: false })}
    >
      {chosen === "plans" ? <PlansTab catalog={catalog} /> : <Packages catalog={catalog} />}
    </Tabs>
  );
}

function PlansTab({ catalog }: { catalog: Catalog }) {
  return (
    <Suspense fallback={<div className="skeleton mt-9 h-96 rounded-note" />}>
      <Plans catalog={catalog} />
    </Suspense>
  );
}
