import type { Metadata } from "next";
import { CreatePage } from "@/components/create/create-page";
import { create } from "@/lib/words/create";

export const metadata: Metadata = { title: create.title };

export default function Page() {
  return <CreatePage />;
}
