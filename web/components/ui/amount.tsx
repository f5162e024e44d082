import { change, count } from "@/lib/money";
import { tokens } from "@/lib/words/tokens";

/** A gold disc with a milled ring and a G. */
export function Coin({ size = 18, className = "" }: { size?: number; className?: string }) {
  return (
    <svg aria-hidden="true" width={size} height={size} viewBox="0 0 24 24" className={`shrink-0 ${className}`}>
      <circle cx="12" cy="12" r="11" fill="var(--gold)" />
      <circle
        cx="12"
        cy="12"
        r="8.6"
        fill="none"
        stroke="var(--on-gold)"
        strokeOpacity=".35"
        strokeDasharray="1.1 1.1"
      />
      <path
        d="M15.6 9.2A4.4 4.4 0 1 0 16.4 12.6H12.4"
        fill="none"
        stroke="var(--on-gold)"
        strokeWidth="1.9"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

type TokenAmountProps = {
  value: number;
  /** Shows the sign of a change, even of one that adds. */
  isChange?: boolean;
  /** The size of the coin, in pixels. */
  coin?: number;
  className?: string;
};

/** The only way in which an amount of tokens is shown: coin, number, and the word for those who listen. */
export function TokenAmount({ value, isChange = false, coin = 16, className = "" }: TokenAmountProps) {
  return (
    <span className={`amount inline-flex items-baseline gap-1.5 ${className}`}>
      <Coin size={coin} className="self-center" />
      <span key={value} className="ticks">
        {isChange ? change(value) : count(value)}
      </span>
      <span className="sr-only">{tokens.unit(value)}</span>
    </span>
  );
}
