"use client";

import { answerOf, Refused } from "guilder-client";
import { useRouter } from "next/navigation";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Problem } from "@/components/ui/problem";
import { idFrom } from "@/lib/address";
import { api } from "@/lib/api";
import { operator as words } from "@/lib/words/operator";

/** Finds an account by its id or its e-mail. The e-mail never stands in an address. */
export function Find() {
  const [text, setText] = useState("");
  const [isMissing, setMissing] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const field = useRef<HTMLInputElement>(null);
  const router = useRouter();

  async function find() {
    setMissing(false);
    setError(null);
    try {
      const userId = text.includes("@") ? await withEmail(text) : idFrom(text);
      if (userId === null) miss();
      else router.push(`/operator?user=${userId}`);
    } catch (failure) {
      if (failure instanceof Refused && [404, 422].includes(failure.problem.status)) miss();
      else setError(failure);
    }
  }

  function miss() {
    setMissing(true);
    field.current?.focus();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    find();
  }

  return (
    <search className="w-full sm:w-96">
      <form onSubmit={submit} className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-2">
        <Input
          ref={field}
          label={words.find}
          value={text}
          autoComplete="off"
          spellCheck={false}
          problem={isMissing ? words.notFound : undefined}
          onChange={(event) => setText(event.target.value.trim())}
        />
        <Button type="submit" kind="outline" className="mt-6.5">
          {words.search}
        </Button>
      </form>
      {error ? (
        <div className="mt-2">
          <Problem error={error} again={find} />
        </div>
      ) : null}
    </search>
  );
}

async function withEmail(email: string): Promise<string> {
  return (await answerOf(api.GET("/api/get-account", { params: { query: { email } } }))).userId;
}
