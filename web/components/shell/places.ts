import { House, Sparkles, User, WalletMinimal } from "lucide-react";
import { site } from "@/lib/words/site";

/** The main places, in the order of both bars. */
export const PLACES = [
  { href: "/", name: site.explore, Icon: House },
  { href: "/image-generator", name: site.create, Icon: Sparkles },
  { href: "/wallet", name: site.wallet, Icon: WalletMinimal },
  { href: "/creator", name: site.you, Icon: User },
] as const;
