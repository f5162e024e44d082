import type { ReactNode } from "react";
import type { Engraving } from "@/lib/rosette";
import { Rosette } from "./rosette";

type BanknoteProps = {
  engraving: Engraving;
  /** What stands at the upper edge, such as the name of a package. */
  name?: ReactNode;
  /** A mark at the upper right. */
  badge?: string | undefined;
  /** The denomination, or another large word. */
  children: ReactNode;
  className?: string;
  /** The size of the denomination. */
  size?: string;
};

/** The print of a banknote: its paper, its engraving and its denomination. */
export function Banknote({
  engraving,
  name,
  badge,
  children,
  className = "h-28 sm:h-44",
  size = "text-[4.1rem] sm:text-[5.4rem]",
}: BanknoteProps) {
  return (
    <div
      style={{ ["--hue" as string]: engraving.hue }}
      className={`note-wash note-ink relative overflow-hidden ${className}`}
    >
      <Rosette
        engraving={engraving}
        className="absolute -end-10 -top-16 size-60 opacity-75 [mask-image:linear-gradient(100deg,transparent_8%,black_52%)] sm:-end-14 sm:-top-9 sm:size-64"
      />
      <div className="absolute inset-x-0 top-0 flex items-center justify-between gap-3 px-4 pt-3.5 sm:pt-4">
        {name ? <div className="text-[0.8rem] font-medium">{name}</div> : null}
        {badge ? (
          <span className="ms-auto rounded-full bg-ink px-2.5 py-1 text-[0.7rem] leading-4 font-medium text-paper">
            {badge}
          </span>
        ) : null}
      </div>
      <div className={`display absolute start-4 bottom-2 leading-none tracking-[-.035em] ${size}`}>{children}</div>
    </div>
  );
}
