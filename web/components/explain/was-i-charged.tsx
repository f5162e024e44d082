"use client";

import { CircleHelp } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { explain } from "@/lib/words/explain";
import { type Asked, questionOf } from "./asked";

const Panel = lazy(() => import("./panel").then((found) => ({ default: found.Panel })));

type Props = Asked & {
  /** Shows a sign instead of the words; `about` then says what it is asked of. */
  isIcon?: boolean;
  about?: ReactNode;
  className?: string;
};

/**
 * "Was I charged?", wherever somebody may wonder: a link that opens a panel with what came of it.
 *
 * It asks by the `id` of a generation, an order or a ledger line, or by the `press` whose answer never came.
 */
export function WasICharged({ isIcon = false, about, className = "", ...asked }: Props) {
  const [isOpen, setOpen] = useState(false);
  if (questionOf(asked) === null) return null;
  return (
    <>
      {isIcon ? (
        <button
          type="button"
          title={explain.ask}
          onClick={() => setOpen(true)}
          className={`-me-2 grid size-11 shrink-0 place-items-center rounded-full text-soft transition-colors duration-120 hover:bg-well hover:text-ink ${className}`}
        >
          <CircleHelp size={17} strokeWidth={1.75} aria-hidden="true" />
          <span className="sr-only">
            {explain.ask} {about}
          </span>
        </button>
      ) : (
        <button
          type="button"
          onClick={() => setOpen(true)}
          className={`min-h-8 underline decoration-line-strong underline-offset-4 hover:decoration-ink ${className}`}
        >
          {explain.ask}
        </button>
      )}
      {isOpen ? (
        <Suspense>
          <Panel {...asked} onClose={() => setOpen(false)} />
        </Suspense>
      ) : null}
    </>
  );
}
