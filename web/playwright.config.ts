import { defineConfig } from "@playwright/test";
import { browserPath, endpoints } from "./e2e/local";

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
    launchOptions: {
      executablePath: browserPath(),
      // Nothing but this machine can be reached, whatever a page or the browser itself asks for.
      args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    },
  },
});
