import fs from "node:fs";
import { createRequire } from "node:module";
import { DESK, expect, PHONE, test } from "./fixtures";
import { newPerson, post } from "./people";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];

type Axe = { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };

for (const scheme of ["light", "dark"] as const) {
  for (const [name, viewport] of Object.entries({ PHONE, DESK })) {
    test(`every page passes axe, ${scheme}, ${name}`, async ({ page, signIn, watch }) => {
      watch.expectProblem(404);
      test.slow();
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize(viewport);
      const person = await newPerson();
      const id = await post(person, "Nocturne for two kites");

      async function check(what: string) {
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(
          (runOnly) => (window as unknown as { axe: Axe }).axe.run({ runOnly }),
          RULES,
        );
        const found = violations.map((each) => `${what}: ${each.id} ${each.nodes[0]?.html.slice(0, 200)}`);
        expect(found).toEqual([]);
      }

      for (const path of ["/", `/post?id=${id}`, "/sign-in", "/image-generator", "/nope"]) {
        await page.goto(path);
        await expect(page.getByRole("heading").first()).toBeAttached();
        await page.waitForLoadState("networkidle");
        await check(path);
      }
      await signIn(person, "/creator");
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await check("/creator");
      await page.getByRole("button", { name: "Edit profile" }).click();
      await check("the profile dialog");
    });
  }
}

test("the first frame is dark where the system is, and where it was chosen", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/", { waitUntil: "commit" });
  await expect(page.locator("html")).toHaveClass(/dark/);
  await page.evaluate(() => localStorage.setItem("scheme", "light"));
  await page.reload({ waitUntil: "commit" });
  await expect(page.locator("html")).not.toHaveClass(/dark/);
});
