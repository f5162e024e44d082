import type { Metadata } from "next";
import { GuidePage } from "@/components/help/guide-page";
import { guide } from "@/lib/words/guide";

export const metadata: Metadata = { title: guide.title, description: guide.lead };

export default function Page() {
  return <GuidePage />;
}
