"use client";

import { type KeyboardEvent, type ReactNode, useId } from "react";

type TabsProps<T extends string> = {
  /** What is chosen between, for those who listen. */
  label: string;
  tabs: readonly { id: T; name: string }[];
  chosen: T;
  choose: (id: T) => void;
  children: ReactNode;
  className?: string;
};

/** Several views of one place, of which one is shown. The arrow keys go from one to the next. */
export function Tabs<T extends string>({ label, tabs, chosen, choose, children, className = "" }: TabsProps<T>) {
  const id = useId();

  function move(event: KeyboardEvent<HTMLDivElement>) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex((each) => each.id === chosen);
    const next = tabs.at((at + step) % tabs.length);
    if (!next) return;
    choose(next.id);
    document.getElementById(`${id}-${next.id}`)?.focus();
  }

  return (
    <div className={className}>
      <div
        role="tablist"
        aria-label={label}
        onKeyDown={move}
        className="inline-flex max-w-full flex-wrap gap-1 rounded-[14px] border border-line bg-well p-1"
      >
        {tabs.map((tab) => (
          <button
            key={tab.id}
            id={`${id}-${tab.id}`}
            type="button"
            role="tab"
            aria-selected={tab.id === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={tab.id === chosen ? 0 : -1}
            onClick={() => choose(tab.id)}
            className="min-h-11 rounded-[10px] px-4 text-[0.94rem] text-soft transition-colors duration-120 hover:text-ink aria-selected:bg-sheet aria-selected:font-medium aria-selected:text-ink aria-selected:shadow-sheet"
          >
            {tab.name}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </div>
  );
}
