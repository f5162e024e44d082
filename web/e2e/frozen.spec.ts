import { expect, test } from "./fixtures";
import { administrator, call, newPerson } from "./people";

const WHY = "Your wallet is frozen while something is looked into. What is owed to you still arrives.";

test("a frozen wallet: a bar says so, every button says why, and lifting it is seen live", async ({
  page,
  person,
  signIn,
}) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  const operator = await administrator();
  const freeze = (frozen: boolean) =>
    call(operator, "freeze-wallet", { userId: person.uid, frozen, reason: "support" });
  await freeze(true);

  await signIn(person, "/image-generator");
  await expect(page.getByRole("alert").filter({ hasText: WHY })).toBeVisible();
  const generate = page.getByRole("button", { name: /^Generate/ });
  await expect(generate).toBeDisabled();
  await expect(generate).toHaveAccessibleDescription(WHY);

  await page.goto("/buy-tokens");
  const buy = page.getByRole("button", { name: /^Buy Now/ });
  await expect(buy).toHaveCount(4);
  for (const each of await buy.all()) {
    await expect(each).toBeDisabled();
    await expect(each).toHaveAccessibleDescription(/^Your wallet is frozen/);
  }

  await page.goto(`/creator?id=${ben.uid}`);
  await page.getByRole("button", { name: "Tip", exact: true }).click();
  const send = page.getByRole("button", { name: /^Send / });
  await expect(send).toBeDisabled();
  await expect(send).toHaveAccessibleDescription(WHY);

  await freeze(false);
  await expect(page.getByRole("alert").filter({ hasText: WHY })).toHaveCount(0);
  await send.click();
  await expect(page.getByText(/sent to Ben Lindqvist\./)).toBeVisible();
});
