import fs from "node:fs/promises";
import { expect, test } from "./fixtures";
import { ask, call, newPerson } from "./people";

test("the history is filtered in the address, and Back undoes it", async ({ page, signIn }) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  const ada = await newPerson({ packages: ["starter"] });
  for (let sent = 0; sent < 21; sent += 1) await call(ada, "tip", { recipientId: ben.uid, amount: 1 });
  await signIn(ada, "/wallet");
  const history = page.getByRole("region", { name: "History" });
  const line = (text: string) => history.getByTestId("line").filter({ hasText: text });
  await expect(line("Tip to Ben Lindqvist")).toHaveCount(20);
  await history.getByRole("button", { name: "Load more" }).click();
  await expect(line("Bought Starter Token Pack")).toBeVisible();
  await expect(line("Welcome bonus")).toBeVisible();

  await history.getByRole("button", { name: "Bought", exact: true }).click();
  await page.waitForURL("**/wallet?type=purchase");
  await expect(line("Tip to Ben Lindqvist")).toHaveCount(0);
  await history.getByRole("button", { name: "Last month" }).click();
  await page.waitForURL(/type=purchase&from=\d{4}-\d\d-01&to=\d{4}-\d\d-01/);
  await expect(page.getByText("No lines of this kind in this time.")).toBeVisible();
  await page.goBack();
  await expect(line("Bought Starter Token Pack")).toBeVisible();
});

test("a line that comes while the wallet is looked at appears by itself", async ({ page, person, signIn }) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  await signIn(person, "/wallet");
  const history = page.getByRole("region", { name: "History" });
  const line = (text: string) => history.getByTestId("line").filter({ hasText: text });
  await expect(line("Welcome bonus")).toBeVisible();
  await call(ben, "tip", { recipientId: person.uid, amount: 3 });
  await expect(line("Tip from Ben Lindqvist")).toBeVisible();
  await expect(page.getByTestId("wallet-balance")).toContainText("13");
});

test("the file's last balance is the wallet's", async ({ page, signIn }) => {
  const ada = await newPerson({ packages: ["starter"] });
  await signIn(ada, "/wallet");
  const saving = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const rows = (await fs.readFile(await (await saving).path(), "utf8")).trim().split(/\r?\n/);
  expect(rows[0]).toBe("timestamp,type,amount,balance,reference,id");
  const { tokenBalance } = await ask(ada, "get-wallet");
  expect(Number(rows.at(-1)?.split(",")[3])).toBe(tokenBalance);
});
