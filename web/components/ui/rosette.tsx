"use client";

import { useSyncExternalStore } from "react";
import { type Curve, type Engraving, rosette } from "@/lib/rosette";

const never = () => () => undefined;

function Line({ curve, width, className }: { curve: Curve; width: number; className: string }) {
  // It is drawn in the browser: in the exported page it would be five times as large as everything else.
  const isBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return (
    <svg
      aria-hidden="true"
      viewBox="-100 -100 200 200"
      className={`absolute ${className}`}
      fill="none"
      stroke="currentColor"
      strokeWidth={width}
    >
      <path d={isBrowser ? rosette(curve) : ""} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}

/** The engraving of a banknote, in the colour of the text around it. Purely decorative. */
export function Rosette({
  engraving: { curves },
  width = 0.55,
  className = "",
}: {
  engraving: Engraving;
  width?: number;
  className?: string;
}) {
  return (
    <div aria-hidden="true" className={`pointer-events-none ${className}`}>
      <Line curve={curves[0]} width={width} className="inset-0 size-full" />
      <Line curve={curves[1]} width={width} className="inset-[33%] size-[34%]" />
    </div>
  );
}
