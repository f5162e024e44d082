"use client";

import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from "react";

const SHOWN_MS = 6000;

const StatusContext = createContext<(text: string) => void>(() => undefined);

/** Says a sentence at the lower edge for some seconds, over open dialogs too. */
export const useStatus = () => useContext(StatusContext);

export function StatusProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState<{ text: string } | null>(null);
  const line = useRef<HTMLOutputElement>(null);
  const say = useCallback((text: string) => setSaid({ text }), []);

  useEffect(() => {
    const shown = line.current;
    if (!said || !shown) return;
    // A popover lies in the top layer, as a dialog does: what is shown last is on top.
    shown.showPopover();
    const end = setTimeout(() => setSaid(null), SHOWN_MS);
    return () => {
      clearTimeout(end);
      shown.hidePopover();
    };
  }, [said]);

  return (
    <StatusContext value={say}>
      {children}
      <output
        ref={line}
        popover="manual"
        className="rises fixed inset-x-4 top-auto bottom-24 mx-auto my-0 w-fit max-w-[min(30rem,calc(100vw-2rem))] rounded-field border-0 bg-ink px-4 py-3 text-sm wrap-anywhere text-paper lg:bottom-8"
      >
        {said?.text}
      </output>
    </StatusContext>
  );
}
