"use client";

import { X } from "lucide-react";
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { site } from "@/lib/words/site";

/**
 * A question over the page, or a sheet at the lower edge of a phone.
 *
 * It is the browser's own dialog: the focus moves in and returns, Escape closes it, and what lies behind is inert.
 */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();

  // A layout effect ends before the dialog leaves the document: only then does closing it give the focus back.
  useLayoutEffect(() => {
    const open = dialog.current;
    if (open && !open.open) open.showModal();
    return () => open?.close();
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog already; the click is on what lies around it
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        // The browser would tell of it a moment after it has closed the dialog. Who presses the button behind it in that
        // moment would open nothing.
        event.preventDefault();
        onClose();
      }}
      onClose={({ currentTarget }) => {
        // An effect that runs twice, as in development, closes it and opens it again before this is told.
        if (!currentTarget.open) onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      className="m-auto max-h-[min(44rem,calc(100dvh-2rem))] w-[min(28rem,calc(100vw-2rem))] overflow-y-auto rounded-panel border border-line bg-sheet p-0 text-start text-base font-normal text-ink max-sm:mb-0 max-sm:w-full max-sm:max-w-none max-sm:rounded-b-none"
    >
      <div className="p-6 pb-[max(1.5rem,env(safe-area-inset-bottom))] sm:p-7">
        <div className="flex items-start justify-between gap-4">
          <h2 id={heading} className="display min-w-0 text-[2rem] wrap-anywhere">
            {title}
          </h2>
          <button
            type="button"
            onClick={onClose}
            className="-me-2 -mt-1 grid size-11 shrink-0 place-items-center rounded-full text-soft hover:bg-well hover:text-ink"
          >
            <X size={20} strokeWidth={1.75} aria-hidden="true" />
            <span className="sr-only">{site.close}</span>
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
