"use client";

import { exportTransactions } from "guilder-client";
import { Download as DownloadIcon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Problem } from "@/components/ui/problem";
import type { Wanted } from "@/hooks/use-history";
import { api } from "@/lib/api";
import { isoDay } from "@/lib/dates";
import { history as words } from "@/lib/words/wallet";

/** The lines of the time that is chosen, of every kind, as a file for a spreadsheet. */
export function Download({ wanted: { from, to } }: { wanted: Wanted }) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function download() {
    setBusy(true);
    setError(null);
    try {
      save(await exportTransactions(api, { ...(from && { from }), ...(to && { to }) }));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  if (error) return <Problem error={error} again={download} />;
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
