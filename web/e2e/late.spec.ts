import type { Page } from "@playwright/test";
import { balanceOf, describePicture, expect, test } from "./fixtures";
import { endpoints } from "./local";
import { call, newPerson, verify } from "./people";

/** Keeps the next answer of a function from the page until it is let go. */
async function holdAnswer(page: Page, path: string): Promise<() => void> {
  let letGo = () => {};
  const isFree = new Promise<void>((free) => {
    letGo = free;
  });
  await page.route(
    (url) => url.pathname === path,
    async (route) => {
      const response = await route.fetch();
      await isFree;
      await route.fulfill({ response });
    },
    { times: 1 },
  );
  return letGo;
}

test("an answer that a refund has overtaken does not bring the older balance back", async ({
  page,
  person,
  signIn,
}) => {
  await signIn(person, "/image-generator");
  const letGo = await holdAnswer(page, "/api/generate");
  const button = await describePicture(page, "A fail-me kite");
  await button.click();
  await expect(page.getByTestId("charge")).toHaveText("Nothing was spent: 5 refunded.");
  await expect(balanceOf(page)).toContainText("10");
  letGo();
  await expect(button).toBeEnabled();
  await expect(page.getByText("You have 10, 5 left after")).toBeVisible();
  await expect(balanceOf(page)).toContainText("10");
});

test("a line that is written while the history is on its way is there", async ({ page, person, signIn }) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  const letGo = await holdAnswer(page, "/api/list-transactions");
  await signIn(person, "/wallet");
  await call(ben, "tip", { recipientId: person.uid, amount: 3 });
  await expect(page.getByTestId("wallet-balance")).toContainText("13");
  letGo();
  await expect(page.getByTestId("line").filter({ hasText: "Tip from Ben Lindqvist" })).toBeVisible();
});

test("the bonus of a verified e-mail is shown, although Firestore says nothing", async ({ page, signIn, watch }) => {
  watch.expectLost(/google\.firestore/);
  watch.expectError(/Could not reach Cloud Firestore backend/);
  await page.route(`http://${endpoints.firestore}/**`, (route) => route.abort());
  const eva = await newPerson({ name: "Eva Sand", isVerified: false });
  await signIn(eva);
  await expect(balanceOf(page)).toContainText("0");
  await verify(eva);
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await expect(balanceOf(page)).toContainText("10");
});
