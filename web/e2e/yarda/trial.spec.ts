import { expect, test } from "../fixtures";
import { lines } from "../people";

test("the trial pays for the first pictures, and then the page says what does", async ({ page, person, signIn }) => {
  await signIn(person, "/image-generator");
  for (const left of [3, 2, 1]) {
    await page.getByLabel("What should it show?").fill(`A garden for ${left}`);
    await page.getByRole("button", { name: `Generate · free, ${left} of 3 left` }).click();
    await expect(page.getByTestId("charge").filter({ hasText: "Made without tokens." })).toHaveCount(4 - left);
  }
  await page.getByLabel("What should it show?").fill("A fourth garden");
  await page.getByRole("button", { name: "Generate · 1 token" }).click();
  await expect(page.getByRole("dialog").getByRole("heading", { name: "1 token short" })).toBeVisible();
  expect((await lines(person, "generation_spend")).map(({ amount }) => amount)).toEqual([0, 0, 0]);
});
