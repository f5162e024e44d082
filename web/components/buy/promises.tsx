import { LockKeyhole, ShieldCheck, Undo2 } from "lucide-react";
import { buy } from "@/lib/words/buy";

const ICONS = [LockKeyhole, Undo2, ShieldCheck];

/** The three promises under everything that is sold. */
export function Promises() {
  return (
    <ul className="mt-8 flex flex-wrap gap-x-8 gap-y-3 text-sm text-soft">
      {buy.promises.map((promise, index) => {
        const Icon = ICONS[index] ?? ShieldCheck;
        return (
          <li key={promise} className="flex gap-2.5">
            <Icon size={16} strokeWidth={1.75} aria-hidden="true" className="mt-0.5 shrink-0" />
            {promise}
          </li>
        );
      })}
    </ul>
  );
}
