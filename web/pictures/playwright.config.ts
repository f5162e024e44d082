import { defineConfig } from "@playwright/test";
import journeys from "../playwright.config";

const SIZES = {
  390: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  1440: { viewport: { width: 1440, height: 900 } },
};

/** The pictures of docs/web, made anew by `make pictures`. */
export default defineConfig({
  ...journeys,
  testDir: ".",
  testMatch: "*.spec.ts",
  projects: Object.entries(SIZES).flatMap(([width, size]) =>
    (["light", "dark"] as const).map((colorScheme) => ({
      name: `${width}-${colorScheme}`,
      use: { ...size, colorScheme, contextOptions: { reducedMotion: "reduce" as const } },
    })),
  ),
});
