import type { ReactNode } from "react";
import { type Engraving, engravingOf } from "@/lib/rosette";
import { Rosette } from "./rosette";

const ENGRAVING: Engraving = engravingOf(1);

/** What stands where nothing is yet, or where something could not be shown: a sentence and one action. */
export function Empty({
  title,
  children,
  action,
  isProblem = false,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  isProblem?: boolean;
}) {
  return (
    <section
      role={isProblem ? "alert" : undefined}
      className="relative isolate grid min-h-72 place-items-center overflow-hidden rounded-panel border border-line bg-sheet px-6 py-14 text-center"
    >
      {isProblem ? null : (
        <Rosette
          engraving={ENGRAVING}
          className="absolute top-1/2 left-1/2 -z-10 size-96 -translate-1/2 text-gold opacity-35 [mask-image:radial-gradient(black,transparent_70%)]"
        />
      )}
      <div className="max-w-md">
        <h2 className="display text-[1.75rem]">{title}</h2>
        {children ? <p className="mt-2 text-soft">{children}</p> : null}
        {action ? <div className="mt-5 flex flex-wrap justify-center gap-3">{action}</div> : null}
      </div>
    </section>
  );
}
