import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures";
import { ask, call, newPerson } from "./people";

const historyOf = (page: Page) => page.getByRole("region", { name: "History" });
const lineOf = (page: Page, text: string) => historyOf(page).getByTestId("line").filter({ hasText: text });

test("the history is filtered in the address, and Back undoes it", async ({ page, signIn }) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  const ada = await newPerson({ packages: ["starter"] });
  for (let sent = 0; sent < 21; sent += 1) await call(ada, "tip", { recipientId: ben.uid, amount: 1 });
  await signIn(ada, "/wallet");
  const history = historyOf(page);
  await expect(lineOf(page, "Tip to Ben Lindqvist")).toHaveCount(20);
  await history.getByRole("button", { name: "Load more" }).click();
  await expect(lineOf(page, "Tip to Ben Lindqvist")).toHaveCount(21);
  await expect(lineOf(page, "Bought Starter Token Pack")).toBeVisible();
  await expect(lineOf(page, "Welcome bonus")).toBeVisible();

  await history.getByRole("button", { name: "Bought", exact: true }).click();
  await page.waitForURL("**/wallet?type=purchase");
  await expect(lineOf(page, "Tip to Ben Lindqvist")).toHaveCount(0);
  await history.getByRole("button", { name: "Last month" }).click();
  await page.waitForURL(/type=purchase&from=\d{4}-\d\d-01&to=\d{4}-\d\d-01/);
  await expect(page.getByText("No lines of this kind in this time.")).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/wallet\?type=purchase$/);
  await expect(lineOf(page, "Bought Starter Token Pack")).toBeVisible();
  await page.reload();
  await expect(lineOf(page, "Bought Starter Token Pack")).toBeVisible();
  await expect(lineOf(page, "Welcome bonus")).toHaveCount(0);
});

test("a line that comes while the wallet is looked at appears by itself", async ({ page, person, signIn }) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  await signIn(person, "/wallet");
  await expect(lineOf(page, "Welcome bonus")).toBeVisible();
  await call(ben, "tip", { recipientId: person.uid, amount: 3 });
  await expect(lineOf(page, "Tip from Ben Lindqvist")).toBeVisible();
  await expect(page.getByTestId("wallet-balance")).toContainText("13");
});

test("the file ends with the wallet's balance, and a cell that a spreadsheet would run is quoted", async ({
  page,
  signIn,
}) => {
  const ada = await newPerson({ packages: ["starter"] });
  const formula = await newPerson({ name: "Mallory", uid: `=1+2-${randomUUID().slice(0, 8)}` });
  await call(formula, "tip", { recipientId: ada.uid, amount: 4 });
  await signIn(ada, "/wallet");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const rows = (await fs.readFile(await (await saving).path(), "utf8")).trim().split(/\r?\n/);
  expect(rows[0]).toBe("timestamp,type,amount,balance,reference,id");
  const cells = rows.slice(1).map((row) => row.split(","));
  let balance = 0;
  for (const [, , amount, after] of cells) {
    balance += Number(amount);
    expect(Number(after)).toBe(balance);
  }
  const { tokenBalance } = await ask(ada, "get-wallet");
  expect(balance).toBe(tokenBalance);
  expect(cells.at(-1)?.[4]).toBe(`'${formula.uid}`);
});
