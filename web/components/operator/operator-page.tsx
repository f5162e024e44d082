"use client";

import { useSearchParams } from "next/navigation";
import { lazy, Suspense } from "react";
import NotFound from "@/app/not-found";
import { useSession } from "@/hooks/use-session";
import { idFrom } from "@/lib/address";
import { operator as words } from "@/lib/words/operator";

// Whoever is no administrator loads none of it.
const Account = lazy(() => import("./account").then((found) => ({ default: found.Account })));
const Desk = lazy(() => import("./desk").then((found) => ({ default: found.Desk })));
const Find = lazy(() => import("./find").then((found) => ({ default: found.Find })));

/** What waits for a person, and one account. Whoever is no administrator is told that there is no such page. */
export function OperatorPage() {
  const { state, person } = useSession();
  const user = idFrom(useSearchParams().get("user"));
  if (state === "unknown") return <div aria-busy="true" className="skeleton h-96 rounded-panel" />;
  if (!person?.isAdmin) return <NotFound />;
  return (
    <div className="mx-auto max-w-5xl">
      <div className="mb-6 flex flex-wrap items-end justify-between gap-4">
        <h1 className="display text-[2.75rem]">{user ? words.account : words.title}</h1>
        <Suspense fallback={<div className="h-18" />}>
          <Find />
        </Suspense>
      </div>
      <Suspense fallback={<div aria-busy="true" className="skeleton h-96 rounded-panel" />}>
        {user ? <Account userId={user} /> : <Desk />}
      </Suspense>
    </div>
  );
}
