"use client";

import { type FormEvent, useState } from "react";
import { signInProblems, signIn as words } from "@/lib/words/sign-in";

/** A field's problem by its name; empty where there is none. */
type Problems<Field extends string> = Partial<Record<Field, string>>;

/** Sends a form of Firebase Auth: focuses the first bad field, and says in words what Auth refuses. */
export function useForm<Field extends string>(
  check: (fields: Record<Field, string>) => Problems<Field>,
  send: (fields: Record<Field, string>) => Promise<void>,
) {
  const [problems, setProblems] = useState<Problems<Field>>({});
  const [failure, setFailure] = useState<{ code: string; text: string } | null>(null);
  const [isBusy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (isBusy) return;
    const form = event.currentTarget;
    const fields = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])) as Record<
      Field,
      string
    >;
    const found = check(fields);
    setProblems(found);
    setFailure(null);
    const [bad] = Object.keys(found);
    if (bad) {
      const control = form.elements.namedItem(bad);
      if (control instanceof HTMLElement) control.focus();
      return;
    }
    setBusy(true);
    try {
      await send(fields);
    } catch (error) {
      const code = codeOf(error);
      setFailure({ code, text: signInProblems[code] ?? words.failed });
      setBusy(false);
    }
  }

  return { submit, problems, failure, isBusy };
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

/** A light check: whether an address exists, the mail finds out. */
export const isEmail = (text: string) => /^\S+@\S+$/.test(text);
