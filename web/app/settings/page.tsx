import type { Metadata } from "next";
import { SettingsPage } from "@/components/settings/settings-page";
import { settings } from "@/lib/words/settings";

export const metadata: Metadata = { title: settings.title };

export default function Page() {
  return <SettingsPage />;
}
