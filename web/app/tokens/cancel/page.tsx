import type { Metadata } from "next";
import { CanceledPage } from "@/components/success/canceled-page";
import { canceled } from "@/lib/words/receipt";

export const metadata: Metadata = { title: canceled.title };

export default function Page() {
  return <CanceledPage />;
}
