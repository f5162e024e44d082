import type { Metadata } from "next";
import { Suspense } from "react";
import { SignInPage } from "@/components/sign-in/sign-in-page";
import { signIn } from "@/lib/words/sign-in";

export const metadata: Metadata = { title: signIn.title };

export default function Page() {
  return (
    <Suspense fallback={<div className="skeleton mx-auto h-[34rem] max-w-4xl rounded-panel" />}>
      <SignInPage />
    </Suspense>
  );
}
