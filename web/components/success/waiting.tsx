"use client";

import { useEffect, useState } from "react";
import { receipt as words } from "@/lib/words/receipt";

const PATIENCE_MS = 10_000;

/** The receipt before it is there. It says more once it takes long, or where the bank is known to take its time. */
export function Waiting({ isPending = false }: { isPending?: boolean }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div aria-busy="true">
      <h1 className="display text-center text-[2.6rem] sm:text-5xl">{words.confirming}</h1>
      <p role="status" className="mt-2 min-h-12 text-center text-balance text-soft">
        {isLong && isPending ? words.bank : null}
      </p>
      <div aria-hidden="true" className="mt-6 overflow-hidden rounded-note border border-line bg-sheet shadow-sheet">
        <div className="skeleton h-36 rounded-none!" />
        <div className="grid gap-3 p-5">
          {["w-full", "w-3/4", "w-5/6", "w-2/3"].map((width) => (
            <span key={width} className={`skeleton h-5 ${width}`} />
          ))}
        </div>
      </div>
    </div>
  );
}
