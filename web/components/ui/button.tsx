import type { ComponentProps, ReactNode } from "react";
import { Link } from "./link";

/** Gold spends tokens or money; plain is the main step of a page; outline and quiet are the others. */
export type Kind = "gold" | "plain" | "outline" | "quiet" | "bad";

const BASE =
  "inline-flex items-center justify-center gap-2 rounded-field py-1.5 text-center text-balance text-[0.94rem] font-medium transition-colors duration-120 disabled:opacity-60";

const KINDS: Record<Kind, string> = {
  gold: "min-h-13 px-5 bg-gold text-on-gold hover:bg-gold-hover text-[1.02rem]",
  plain: "min-h-12 px-5 bg-ink text-paper hover:opacity-90",
  outline: "min-h-12 px-5 border border-line-strong/45 bg-sheet hover:bg-well",
  quiet: "min-h-11 px-3 text-ink underline decoration-line-strong underline-offset-4 hover:decoration-ink",
  bad: "min-h-12 px-5 border border-bad/60 text-bad hover:bg-well",
};

type ButtonProps = ComponentProps<"button"> & { kind?: Kind; children: ReactNode };

export function Button({ kind = "plain", className = "", type = "button", ...rest }: ButtonProps) {
  return <button type={type} className={`${BASE} ${KINDS[kind]} ${className}`} {...rest} />;
}

type ButtonLinkProps = ComponentProps<typeof Link> & { kind?: Kind };

/** A link that looks like a button, for steps that lead to another page. */
export function ButtonLink({ kind = "plain", className = "", ...rest }: ButtonLinkProps) {
  return <Link className={`${BASE} ${KINDS[kind]} ${className}`} {...rest} />;
}
