import { CircleAlert, Info } from "lucide-react";
import type { ReactNode } from "react";

type Tone = "plain" | "bad";

/** A sentence that must not be missed, with what can be done about it. */
export function Notice({ tone = "plain", children, action }: { tone?: Tone; children: ReactNode; action?: ReactNode }) {
  const Icon = tone === "bad" ? CircleAlert : Info;
  return (
    <div
      className={`flex flex-wrap items-center gap-x-4 gap-y-2 rounded-field border bg-sheet px-4 py-3 text-sm ${tone === "bad" ? "border-bad/60" : "border-line"}`}
    >
      <Icon
        size={18}
        strokeWidth={1.75}
        aria-hidden="true"
        className={`shrink-0 ${tone === "bad" ? "text-bad" : "text-soft"}`}
      />
      {/* What is to be done is read by who goes there: a button that counts down would be read each second. */}
      <div role={tone === "bad" ? "alert" : undefined} className="min-w-0 flex-1 basis-56">
        {children}
      </div>
      {action}
    </div>
  );
}
