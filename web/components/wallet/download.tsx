"use client";

import { exportTransactions } from "guilder-client";
import { Download as DownloadIcon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { useStatus } from "@/components/ui/status";
import type { Wanted } from "@/hooks/use-history";
import { api } from "@/lib/api";
import { isoDay } from "@/lib/dates";
import { history as words } from "@/lib/words/wallet";

/** The lines of the time that is chosen, of every kind, as a file for a spreadsheet. */
export function Download({ wanted: { from, to } }: { wanted: Wanted }) {
  const [isBusy, setBusy] = useState(false);
  const say = useStatus();

  async function download() {
    setBusy(true);
    try {
      save(await exportTransactions(api, { ...(from && { from }), ...(to && { to }) }));
    } catch (error) {
      const { tell } = await import("@/lib/problems");
      say(`${words.csvFailed} ${tell(error).text}`);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Button
      kind="outline"
      title={words.csvHint}
      disabled={isBusy}
      onClick={download}
      className="min-h-10! px-4 text-sm! max-sm:min-h-11!"
    >
      <DownloadIcon size={16} strokeWidth={1.75} aria-hidden="true" />
      {isBusy ? words.loading : words.csv}
    </Button>
  );
}

function save(file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = `tokens-${isoDay(new Date())}.csv`;
  link.click();
  // Safari reads it only after the click is over.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
