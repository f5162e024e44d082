import { at } from "@/lib/dates";
import { count, price } from "@/lib/money";

/** What is money where a currency stands beside it; everywhere else a number is of tokens. */
const MONEY = ["amount", "paid", "reversed"];
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

type FactsProps = { facts: Readonly<Record<string, unknown>>; className?: string };

/** The members of a document as a list of terms, under the names that the API's documents explain. */
export function Facts({ facts, className = "mt-2" }: FactsProps) {
  const { currency } = facts;
  const shown = Object.entries(facts).filter(([name, value]) => name !== "currency" && says(value));
  return (
    <dl className={`grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1 text-sm ${className}`}>
      {shown.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-soft">{titleOf(name)}</dt>
          <dd className="amount break-words">
            {typeof currency === "string" && typeof value === "number" && MONEY.includes(name)
              ? price(value, currency)
              : wordsOf(value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function says(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== null && value !== undefined && value !== "";
}

/** `parkedReason` as "Parked reason". */
function titleOf(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function wordsOf(value: unknown): string {
  if (typeof value === "number") return count(value);
  if (typeof value === "string") return MOMENT.test(value) ? at(value) : value;
  if (Array.isArray(value)) return value.map(wordsOf).join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .map(([name, each]) => (says(each) ? `${name}: ${wordsOf(each)}` : name))
      .join(", ");
  }
  return String(value);
}
