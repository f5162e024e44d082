"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { OutcomeUnknown, Refused } from "guilder-client";
import { type ReactNode, useState } from "react";
import { StatusProvider } from "@/components/ui/status";
import { BalanceProvider } from "@/hooks/use-balance";
import { IntentProvider } from "@/hooks/use-intent";
import { useSystemScheme } from "@/hooks/use-scheme";
import { SessionProvider } from "@/hooks/use-session";

const FRESH_MS = 30_000;
const KEPT_MS = 600_000;
const TRIES = 2;
/** Whoever would have to wait for longer is told so, and decides. */
const LONGEST_WAIT_MS = 8000;

/** Until the next try: twice as long each time, and as long as the server asks for. */
function waitOf(count: number, error: Error): number {
  const asked = error instanceof OutcomeUnknown ? (error.retryAfter ?? 0) : 0;
  return 1000 * Math.max(2 ** count, asked);
}

/** A refusal is an answer: asking again brings the same. Only what did not arrive is asked for again. */
function makeQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        gcTime: KEPT_MS,
        retry: (count, error) =>
          !(error instanceof Refused) && count < TRIES && waitOf(count, error) <= LONGEST_WAIT_MS,
        retryDelay: waitOf,
      },
    },
  });
}

/** Everything that the pages share. */
export function Providers({ children }: { children: ReactNode }) {
  const [queries] = useState(makeQueries);
  useSystemScheme();
  return (
    <QueryClientProvider client={queries}>
      <SessionProvider>
        <BalanceProvider>
          <IntentProvider>
            <StatusProvider>{children}</StatusProvider>
          </IntentProvider>
        </BalanceProvider>
      </SessionProvider>
    </QueryClientProvider>
  );
}
