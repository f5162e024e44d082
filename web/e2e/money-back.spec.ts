import { balanceOf, expect, payAtStripe, test } from "./fixtures";
import { buy, call, lines, newPerson, payBack } from "./people";
import { decide, dispute } from "./stripe";

test("a refund is seen as it happens, and buying pays off what is owed", async ({ page, person, signIn }) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  const session = await buy(person, "popular");
  await call(person, "tip", { recipientId: ben.uid, amount: 100 });
  await signIn(person, "/wallet");
  // What a wallet is made of is only in its document, which the page follows from then on.
  await expect(page.getByText("Bought by you. Tokens of a plan end with it.")).toBeVisible();
  const owes = page.getByText(/You owe \d+ tokens: a payment was taken back\./);
  await expect(owes).toHaveCount(0);

  await payBack(session);
  await expect(owes).toBeVisible();
  const owed = Number(/You owe (\d+) tokens/.exec((await owes.textContent()) ?? "")?.[1]);
  await expect(page.getByTestId("line").filter({ hasText: "Taken back" })).toBeVisible();

  // What is bought pays that off first, and the question for a package reckons with it.
  await page.goto("/image-generator");
  await expect(owes).toBeVisible();
  await page.getByLabel("What should it show?").fill("A kite");
  await page.getByRole("button", { name: /^Generate/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: `You owe ${owed} tokens` })).toBeVisible();
  await dialog.getByRole("button", { name: /^Buy Popular/ }).click();
  await payAtStripe(page);
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  await expect(owes).toHaveCount(0);
  const total = (await lines(person)).reduce((sum, { amount }) => sum + amount, 0);
  await expect(balanceOf(page)).toContainText(String(total));
});

test("a dispute takes tokens away while it lasts, and a payment that stands brings them back", async ({
  page,
  person,
  signIn,
}) => {
  const session = await buy(person, "starter");
  await signIn(person, "/wallet");
  await expect(balanceOf(page)).toContainText("60");
  const disputed = await dispute(session);
  await expect(page.getByTestId("line").filter({ hasText: "Taken back" })).toBeVisible();
  await expect(balanceOf(page)).toContainText("10");
  await page.goto(`/tokens/success?session_id=${session}`);
  await expect(page.getByRole("heading", { name: "Payment returned" })).toBeVisible();

  await page.goto("/wallet");
  await expect(page.getByTestId("line").filter({ hasText: "Taken back" })).toBeVisible();
  await expect(balanceOf(page)).toContainText("10");
  await decide(disputed, "won");
  await expect(page.getByTestId("line").filter({ hasText: "Given back" })).toBeVisible();
  await expect(balanceOf(page)).toContainText("60");
});
