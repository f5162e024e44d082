"use client";

import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Notice } from "@/components/ui/notice";
import { signIn as words } from "@/lib/words/sign-in";
import { Password } from "./password";
import { isEmail, useForm } from "./use-form";

type Fields = Record<"email" | "password", string>;

function check({ email, password }: Fields): Partial<Fields> {
  return {
    ...(!isEmail(email) && { email: words.emailProblem }),
    ...(!password && { password: words.passwordProblem }),
  };
}

type SignInFormProps = { done: () => void; toJoin: () => void; toForgot: () => void };

export function SignInForm({ done, toJoin, toForgot }: SignInFormProps) {
  const { submit, problems, failure, isBusy } = useForm<keyof Fields>(check, async ({ email, password }) => {
    const { signIn } = await import("@/lib/firebase/auth");
    await signIn(email, password);
    done();
  });
  return (
    <form onSubmit={submit} noValidate>
      <h1 className="display text-4xl">{words.back}</h1>
      <div className="mt-7 grid gap-4">
        <Input label={words.email} name="email" type="email" autoComplete="email" problem={problems.email} />
        <Password isNew={false} problem={problems.password} />
        {failure ? <Notice tone="bad">{failure.text}</Notice> : null}
        <Button type="submit" disabled={isBusy}>
          {isBusy ? words.busy : words.signIn}
        </Button>
      </div>
      <div className="mt-3 -ms-3 flex flex-wrap justify-between">
        <Button kind="quiet" onClick={toForgot}>
          {words.forgot}
        </Button>
        <Button kind="quiet" onClick={toJoin}>
          {words.isNew}
        </Button>
      </div>
    </form>
  );
}
