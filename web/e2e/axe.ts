import fs from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { expect } from "./fixtures";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WCAG = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] };
/** All that another scheme can change. */
const COLORS = { type: "rule", values: ["color-contrast"] };

type Found = { violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] };
type Axe = { run: (options: object) => Promise<Found> };

/** What is on the screen has no findings of axe, in either scheme. */
export async function passesAxe(page: Page, what: string): Promise<void> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  for (const [colorScheme, runOnly] of [
    ["light", WCAG],
    ["dark", COLORS],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator("html")).toHaveClass(colorScheme === "dark" ? /\bdark\b/ : /^(?!.*\bdark\b)/);
    const { violations } = await page.evaluate((options) => (window as unknown as { axe: Axe }).axe.run(options), {
      runOnly,
      resultTypes: ["violations"],
    });
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${what}, ${colorScheme}: ${id} ${html.slice(0, 240)} ${failureSummary}`),
    );
    expect.soft(found).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "light" });
}
