import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";

/** Pages that say numbers of the catalogue, and what they say once they have it. */
const PAGES = {
  "/sign-in": /start with \d/,
  "/image-generator": /Sign in to generate · \d.*Your picture appears here/,
  "/buy-tokens": /\$\d.* a picture/,
  "/buy-tokens?tab=plans": /\$\d.*tokens every month/,
  "/help/tokens": /\$\d.*A tip is from \d/,
};
/** What no economy decides: how long a password is, how many areas there may be, and that all of a tip arrives. */
const CONSTANT = ["6", "8", "100"];
const NUMBER = /\d[\d.,]*\d|\d/g;

async function read(page: Page, path: string, whole: RegExp): Promise<string> {
  const main = page.locator("main");
  await page.goto(path);
  await expect(main).toHaveText(whole);
  return (await main.textContent()) ?? "";
}

test("with another catalogue every number is another one, and no word is", async ({ page }) => {
  const known = new Map<string, string>();
  for (const [path, whole] of Object.entries(PAGES)) known.set(path, await read(page, path, whole));

  const times: Record<string, number> = { cost: 3, tokens: 7 };
  await page.route("**/api/get-catalog", async (route) => {
    const response = await route.fetch();
    const json = JSON.parse(await response.text(), (name, value) =>
      typeof value === "number" ? value * (times[name] ?? 11) : value,
    );
    await route.fulfill({ response, json });
  });
  for (const [path, whole] of Object.entries(PAGES)) {
    const [before = "", after] = [known.get(path), await read(page, path, whole)];
    expect(after.replaceAll(NUMBER, "#"), path).toBe(before.replaceAll(NUMBER, "#"));
    const numbers = before.match(NUMBER) ?? [];
    const same = (after.match(NUMBER) ?? []).filter((each, index) => each === numbers[index]);
    expect(
      same.filter((each) => !CONSTANT.includes(each)),
      path,
    ).toEqual([]);
  }
});
