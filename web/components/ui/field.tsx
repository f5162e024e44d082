"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { count } from "@/lib/money";

const CONTROL =
  "w-full rounded-field border bg-sheet px-3.5 text-base aria-invalid:border-bad disabled:opacity-60 border-line-strong/70";
/** The share of the limit from which on the counter is shown. */
const NEAR = 0.8;

type Common = {
  label: string;
  /** What helps to fill it in. */
  hint?: ReactNode;
  /** What is wrong with it, in a sentence. */
  problem?: string | undefined;
};

type Described = Common & { id: string; value?: unknown; limit?: number | undefined; children: ReactNode };

function Around({ id, label, hint, problem, value, limit, children }: Described) {
  const length = typeof value === "string" ? value.length : 0;
  const isNear = limit !== undefined && length >= limit * NEAR;
  return (
    <div>
      <label htmlFor={id} className="block text-sm font-medium">
        {label}
      </label>
      <div className="mt-1.5">{children}</div>
      <div className="flex justify-between gap-4 text-[0.82rem] leading-5">
        <div>
          {problem ? (
            <p id={`${id}-problem`} className="mt-1.5 text-bad">
              {problem}
            </p>
          ) : hint ? (
            <p id={`${id}-hint`} className="mt-1.5 text-soft">
              {hint}
            </p>
          ) : null}
        </div>
        {isNear ? (
          <p className={`amount mt-1.5 shrink-0 ${length > limit ? "text-bad" : "text-soft"}`}>
            {count(length)} / {count(limit)}
          </p>
        ) : null}
      </div>
    </div>
  );
}

function describedBy(id: string, { hint, problem }: Common): string | undefined {
  if (problem) return `${id}-problem`;
  return hint ? `${id}-hint` : undefined;
}

type InputProps = Common & Omit<ComponentProps<"input">, "id"> & { limit?: number };

/** A line of text with its label, its hint, its problem and, near its limit, a counter in UTF-16 units. */
export function Input({ label, hint, problem, limit, className = "", ...rest }: InputProps) {
  const id = useId();
  return (
    <Around id={id} label={label} hint={hint} problem={problem} value={rest.value} limit={limit}>
      <input
        id={id}
        aria-invalid={problem ? true : undefined}
        aria-describedby={describedBy(id, { label, hint, problem })}
        className={`h-12 ${CONTROL} ${className}`}
        {...rest}
      />
    </Around>
  );
}

type TextProps = Common & Omit<ComponentProps<"textarea">, "id"> & { limit?: number };

/** Text of several lines. */
export function TextArea({ label, hint, problem, limit, className = "", ...rest }: TextProps) {
  const id = useId();
  return (
    <Around id={id} label={label} hint={hint} problem={problem} value={rest.value} limit={limit}>
      <textarea
        id={id}
        aria-invalid={problem ? true : undefined}
        aria-describedby={describedBy(id, { label, hint, problem })}
        className={`resize-y py-3 leading-relaxed ${CONTROL} ${className}`}
        {...rest}
      />
    </Around>
  );
}
