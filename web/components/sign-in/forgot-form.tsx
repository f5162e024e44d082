"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { isLocal } from "@/lib/site";
import { bars } from "@/lib/words/shell";
import { signIn as words } from "@/lib/words/sign-in";
import { isEmail, useForm } from "./use-form";

export function ForgotForm({ toSignIn }: { toSignIn: () => void }) {
  const [sentTo, setSentTo] = useState<string | null>(null);
  const { submit, problems, failure, isBusy } = useForm<"email">(
    ({ email }) => (isEmail(email) ? {} : { email: words.emailProblem }),
    async ({ email }) => {
      const { sendReset } = await import("@/lib/firebase/auth");
      try {
        await sendReset(email);
      } catch (error) {
        // Whether an address has an account is nobody's business.
        if ((error as { code?: string }).code !== "auth/user-not-found") throw error;
      }
      setSentTo(email);
    },
  );
  return (
    <form onSubmit={submit} noValidate>
      <h1 className="display text-4xl">{words.forgotTitle}</h1>
      {sentTo ? (
        <div className="mt-6">
          <Notice
            action={
              isLocal() ? (
                <a href="/__/local/mail" className="underline underline-offset-4">
                  {bars.localMail}
                </a>
              ) : null
            }
          >
            {words.resetSent(sentTo)}
          </Notice>
        </div>
      ) : (
        <>
          <p className="mt-2 text-soft">{words.forgotLead}</p>
          <div className="mt-6 grid gap-4">
            <Input label={words.email} name="email" type="email" autoComplete="email" problem={problems.email} />
            {failure ? <Notice tone="bad">{failure.text}</Notice> : null}
            <Button type="submit" disabled={isBusy}>
              {isBusy ? words.busy : words.send}
            </Button>
          </div>
        </>
      )}
      <Button kind="quiet" className="mt-3 -ms-3" onClick={toSignIn}>
        {words.toSignIn}
      </Button>
    </form>
  );
}
