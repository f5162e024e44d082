"use client";

import { answerOf, Refused } from "guilder-client";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { idFrom } from "@/lib/address";
import { api } from "@/lib/api";
import { operator as words } from "@/lib/words/operator";

/** Finds an account by its id or its e-mail. The e-mail never stands in an address. */
export function Find() {
  const [text, setText] = useState("");
  const [isMissing, setMissing] = useState(false);
  const router = useRouter();

  async function find(event: FormEvent) {
    event.preventDefault();
    setMissing(false);
    if (!text.includes("@")) {
      if (idFrom(text)) router.push(`/operator?user=${text}`);
      else setMissing(true);
      return;
    }
    try {
      const { userId } = await answerOf(api.GET("/api/get-account", { params: { query: { email: text } } }));
      router.push(`/operator?user=${userId}`);
    } catch (error) {
      setMissing(error instanceof Refused);
    }
  }

  return (
    <search>
      <form onSubmit={find} className="flex items-start gap-2">
        <Input
          label={words.find}
          value={text}
          problem={isMissing ? words.notFound : undefined}
          onChange={(event) => setText(event.target.value.trim())}
        />
        <Button type="submit" kind="outline" className="mt-6.5">
          {words.search}
        </Button>
      </form>
    </search>
  );
}
