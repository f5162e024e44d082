import { balanceOf, expect, test } from "./fixtures";
import { lines, newPerson, post } from "./people";
import { widthsOf } from "./sampling";

for (const [name, viewport] of widthsOf("tips")) {
  test(`tips: a preset and an own amount, and the other sees it live, ${name}`, async ({ page, another, signIn }) => {
    await page.setViewportSize(viewport);
    const ben = await newPerson({ name: "Ben Lindqvist" });
    const id = await post(ben, "Signal fire");
    const ada = await newPerson({ packages: ["starter"] });
    const other = await another();
    await signIn(ben, "/wallet", other);
    await expect(balanceOf(other)).toContainText("5");

    await signIn(ada, `/post?id=${id}`);
    await page.getByRole("button", { name: "Tip", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("100 % goes to Ben Lindqvist");
    await dialog.locator("label", { hasText: /^10 tokens$/ }).click();
    await expect(dialog).toContainText("You have 60, 50 left after");
    await dialog.getByRole("button", { name: "Send 10 tokens" }).click();
    await expect(page.getByText("10 tokens sent to Ben Lindqvist.")).toBeVisible();
    await expect(balanceOf(page)).toContainText("50");
    await expect(balanceOf(other)).toContainText("15");

    await page.getByRole("button", { name: "Tip", exact: true }).click();
    await dialog.getByLabel("Own amount").fill("7");
    await dialog.getByRole("button", { name: "Send 7 tokens" }).click();
    await expect(balanceOf(page)).toContainText("43");
    await expect(balanceOf(other)).toContainText("22");
    expect((await lines(ada, "tip_sent")).map(({ amount }) => amount)).toEqual([-7, -10]);
  });
}

test("there is no tip button on one's own post", async ({ page, person, signIn }) => {
  const id = await post(person, "Mine");
  await signIn(person, `/post?id=${id}`);
  await expect(page.getByRole("button", { name: "Edit caption" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Tip", exact: true })).toHaveCount(0);
});

test("an amount outside the range, or none at all, is said beside the field", async ({ page, person, signIn }) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  await signIn(person, `/creator?id=${ben.uid}`);
  await page.getByRole("button", { name: "Tip", exact: true }).click();
  const field = page.getByLabel("Own amount");
  await field.fill("1.5");
  await expect(page.getByText("Write a whole number of tokens.")).toBeVisible();
  await field.fill("999999999");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("button", { name: /Send/ })).toBeDisabled();
});

test("a tip that is more than one has offers what covers it", async ({ page, person, signIn }) => {
  const ben = await newPerson({ name: "Ben Lindqvist" });
  await signIn(person, `/creator?id=${ben.uid}`);
  await page.getByRole("button", { name: "Tip", exact: true }).click();
  await page.getByLabel("Own amount").fill("12");
  await expect(page.getByText("You have 10, 2 short")).toBeVisible();
  await page.getByRole("button", { name: "Send 12 tokens" }).click();
  await expect(page.getByRole("heading", { name: "2 tokens short" })).toBeVisible();
  expect(await lines(person, "tip_sent")).toHaveLength(0);
});
