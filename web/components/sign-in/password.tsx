"use client";

import { useState } from "react";
import { Input } from "@/components/ui/field";
import { signIn as words } from "@/lib/words/sign-in";

/** A password, which can be looked at while it is typed. */
export function Password({ isNew, problem }: { isNew: boolean; problem: string | undefined }) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="relative">
      <Input
        label={words.password}
        name="password"
        type={isShown ? "text" : "password"}
        autoComplete={isNew ? "new-password" : "current-password"}
        hint={isNew ? words.passwordHint : undefined}
        problem={problem}
        className="pe-18"
      />
      <button
        type="button"
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
        className="absolute end-1 top-7.5 grid h-10 min-w-14 place-items-center rounded-field px-3 text-sm text-soft hover:text-ink"
      >
        {isShown ? words.hide : words.show}
        <span className="sr-only"> {words.password}</span>
      </button>
    </div>
  );
}
