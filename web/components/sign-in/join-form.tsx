"use client";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { useCatalog } from "@/hooks/use-catalog";
import { openAccount } from "@/lib/account";
import { SIGNED_IN } from "@/lib/api";
import { inBrowser } from "@/lib/storage";
import { LONGEST, nameProblem } from "@/lib/text";
import { signIn as words } from "@/lib/words/sign-in";
import { tokens } from "@/lib/words/tokens";
import { Password } from "./password";
import { isEmail, useForm } from "./use-form";

type Fields = Record<"name" | "email" | "password", string>;
const SHORTEST_PASSWORD = 6;

function check({ name, email, password }: Fields): Partial<Fields> {
  return {
    ...(nameProblem(name) && { name: words.nameProblem }),
    ...(!isEmail(email) && { email: words.emailProblem }),
    ...(password.length < SHORTEST_PASSWORD && { password: words.passwordProblem }),
  };
}

export function JoinForm({ done, toSignIn }: { done: () => void; toSignIn: () => void }) {
  const bonus = useCatalog().data?.signupBonus ?? 0;
  const { submit, problems, failure, isBusy } = useForm<keyof Fields>(check, async ({ name, email, password }) => {
    const { join } = await import("@/lib/firebase/auth");
    // The account takes its name from the token, so it is opened after the name was written and the token renewed.
    await join(name.trim(), email, password, () => {
      inBrowser.set(SIGNED_IN, "1");
      // Where it could not be opened, the page that follows opens it.
      return openAccount().catch(() => undefined);
    });
    done();
  });
  return (
    <form onSubmit={submit} noValidate>
      <h1 className="display text-4xl">{words.join}</h1>
      <p className="mt-2 min-h-12 text-soft">
        {bonus > 0 ? words.joinWithBonus(tokens.amount(bonus)) : words.joinLead}
      </p>
      <div className="mt-6 grid gap-4">
        <Input
          label={words.name}
          name="name"
          autoComplete="nickname"
          maxLength={LONGEST.name}
          hint={words.nameHint}
          problem={problems.name}
        />
        <Input label={words.email} name="email" type="email" autoComplete="email" problem={problems.email} />
        <Password isNew problem={problems.password} />
        {failure ? (
          <Notice
            tone="bad"
            action={
              failure.code === "auth/email-already-in-use" ? (
                <button type="button" onClick={toSignIn} className="min-h-8 underline underline-offset-4">
                  {words.signIn}
                </button>
              ) : null
            }
          >
            {failure.text}
          </Notice>
        ) : null}
        <Button type="submit" disabled={isBusy}>
          {isBusy ? words.busy : words.create}
        </Button>
      </div>
      <Button kind="quiet" className="mt-3 -ms-3" onClick={toSignIn}>
        {words.haveAccount}
      </Button>
    </form>
  );
}
