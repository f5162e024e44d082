import { defineConfig } from "@playwright/test";
import { endpoints } from "./e2e/local";
import { launchOptions } from "./scripts/browser.mjs";

/** The journeys, in a real Chromium, against the local cloud and Hosting that `make test-web` starts. */
export default defineConfig({
  testDir: "e2e",
  workers: 2,
  fullyParallel: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    baseURL: endpoints.web,
    locale: "en-US",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    launchOptions: launchOptions(),
  },
});
