"use client";

import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { Coin } from "@/components/ui/amount";
import { Link } from "@/components/ui/link";
import { useSession } from "@/hooks/use-session";
import { signInHere } from "@/lib/address";
import { site } from "@/lib/words/site";
import { BalanceCard, BalanceChip } from "./balance";
import { Bars } from "./bars";
import { PLACES } from "./places";

/** The frame of every page: a sidebar on a desk, a bar at the top and one at the bottom on a phone. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[15rem_1fr]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:start-3 focus:top-3 focus:z-50 focus:rounded-field focus:bg-sheet focus:px-4 focus:py-3"
      >
        {site.skip}
      </a>
      <Sidebar />
      <div className="min-w-0">
        <TopBar />
        <main
          id="content"
          tabIndex={-1}
          className="mx-auto max-w-[88rem] px-4 pt-6 pb-32 outline-none sm:px-6 lg:px-10 lg:pt-10 lg:pb-16"
        >
          <Bars />
          {children}
        </main>
      </div>
      <BottomBar />
    </div>
  );
}

function Brand({ size }: { size: number }) {
  return (
    <Link href="/" className="flex min-h-11 items-center gap-2.5 rounded-field px-2">
      <Coin size={size} />
      <span className="display text-[1.7rem]">{site.name}</span>
    </Link>
  );
}

function Sidebar() {
  const path = usePathname();
  const { state } = useSession();
  return (
    <aside className="sticky top-0 hidden h-dvh flex-col overflow-y-auto border-e border-line px-4 py-6 lg:flex">
      <Brand size={26} />
      <nav aria-label={site.main} className="mt-7 grid gap-0.5">
        {PLACES.map(({ href, name, Icon }) => (
          <Link
            key={href}
            href={href}
            aria-current={path === href ? "page" : undefined}
            className="flex h-11 items-center gap-3 rounded-[10px] px-2.5 text-[0.94rem] text-soft transition-colors duration-120 hover:bg-well hover:text-ink aria-[current]:bg-well aria-[current]:font-medium aria-[current]:text-ink"
          >
            <Icon size={18} strokeWidth={1.75} aria-hidden="true" />
            {name}
          </Link>
        ))}
      </nav>
      <div className="mt-auto pt-6">{state === "in" ? <BalanceCard /> : state === "out" ? <SignIn /> : null}</div>
    </aside>
  );
}

function SignIn() {
  return (
    <Link
      href="/sign-in"
      onClick={(event) => {
        if (location.pathname !== "/sign-in") event.currentTarget.href = signInHere();
      }}
      className="flex min-h-11 items-center justify-center rounded-field bg-ink px-4 text-sm font-medium text-paper max-lg:rounded-full"
    >
      {site.signIn}
    </Link>
  );
}

function TopBar() {
  const { state } = useSession();
  return (
    <header className="sticky top-0 z-20 flex h-15 items-center justify-between border-b border-line bg-paper/88 px-3 backdrop-blur sm:px-5 lg:hidden">
      <Brand size={22} />
      {state === "in" ? <BalanceChip /> : state === "out" ? <SignIn /> : null}
    </header>
  );
}

function BottomBar() {
  const path = usePathname();
  return (
    <nav
      aria-label={site.main}
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-4 border-t border-line bg-paper/92 pb-[env(safe-area-inset-bottom)] backdrop-blur lg:hidden"
    >
      {PLACES.map(({ href, name, Icon }) => (
        <Link
          key={href}
          href={href}
          aria-current={path === href ? "page" : undefined}
          className="flex h-15 flex-col items-center justify-center gap-1 text-[0.72rem] text-soft aria-[current]:font-medium aria-[current]:text-ink"
        >
          <Icon size={20} strokeWidth={1.75} aria-hidden="true" />
          {name}
        </Link>
      ))}
    </nav>
  );
}
