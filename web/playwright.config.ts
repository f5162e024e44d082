import { defineConfig } from "@playwright/test";
import { endpoints } from "./e2e/local";
import { launchOptions } from "./scripts/browser.mjs";

const economy = endpoints.env.ECONOMY ?? "phoenix";
const isDefault = economy === "phoenix";

/**
 * The journeys, in a real Chromium, against the local cloud and Hosting that `make test-web` starts.
 *
 * Under another economy than the default one, those are played that are for every economy, and those for that one alone.
 */
export default defineConfig({
  testDir: "e2e",
  projects: [
    {
      name: "journeys",
      testMatch: isDefault ? /e2e\/[^/]+\.spec\.ts$/ : ["e2e/economies.spec.ts", `e2e/${economy}/*.spec.ts`],
    },
    // These wind the clock of everything on the machine, so they are alone, and come last.
    ...(isDefault ? [{ name: "clock", testMatch: "e2e/clock/*.spec.ts", workers: 1, dependencies: ["journeys"] }] : []),
  ],
  workers: 2,
  fullyParallel: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  // What passes at the second try is reported as flaky. Elsewhere nothing is tried twice.
  retries: process.env.CI ? 1 : 0,
  reporter: [["list"]],
  use: {
    baseURL: endpoints.web,
    locale: "en-US",
    timezoneId: "UTC",
    // To record it slows every journey down. `python -m local.e2e -g "…" --trace on` does for one.
    trace: "on-first-retry",
    launchOptions: launchOptions(),
  },
});
