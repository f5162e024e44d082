import type { Metadata } from "next";
import { BuyPage } from "@/components/buy/buy-page";
import { buy } from "@/lib/words/buy";
import { site } from "@/lib/words/site";

export const metadata: Metadata = { title: site.buy, description: buy.lead };

export default function Page() {
  return <BuyPage />;
}
