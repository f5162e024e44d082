import { balanceOf, DESK, expect, PHONE, test } from "./fixtures";
import { lines, newPerson, post } from "./people";

for (const [name, viewport] of Object.entries({ PHONE, DESK })) {
  test(`tips: a preset and an own amount, and the other sees it live, ${name}`, async ({ page, browser, signIn }) => {
    await page.setViewportSize(viewport);
    const ben = await newPerson({ name: "Ben Lindqvist" });
    const id = await post(ben, "Signal fire");
    const ada = await newPerson({ packages: ["starter"] });

    const other = await (await browser.newContext()).newPage();
    await other.goto("/sign-in?next=/wallet");
    await other.getByRole("button", { name: "I have an account" }).click();
    await other.getByLabel("E-mail").fill(ben.email);
    await other.getByLabel("Password", { exact: true }).fill(ben.password);
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(balanceOf(other)).toContainText("5");

    await signIn(ada, `/post?id=${id}`);
    await page.getByRole("button", { name: "Tip", exact: true }).click();
    const dialog = page.getByRole("dialog");
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
    expect((await lines(ada)).filter(({ type }) => type === "tip_sent").map(({ amount }) => amount)).toEqual([-7, -10]);
    await other.context().close();
  });
}

test("there is no tip button on one's own post", async ({ page, person, signIn }) => {
  const id = await post(person, "Mine");
  await signIn(person, `/post?id=${id}`);
  await expect(page.getByRole("button", { name: "Edit caption" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Tip", exact: true })).toHaveCount(0);
});

test("a tip whose answer is lost is sent once", async ({ page, signIn, watch }) => {
  watch.expectLost(/api\/tip/);
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Marigold");
  const ada = await newPerson();
  await signIn(ada, `/post?id=${id}`);
  let sent = 0;
  await page.route("**/api/tip", async (route) => {
    sent += 1;
    const answer = await route.fetch();
    if (sent === 1) await route.abort("connectionreset");
    else await route.fulfill({ response: answer });
  });
  await page.getByRole("button", { name: "Tip", exact: true }).click();
  await page.getByRole("button", { name: /^Send / }).click();
  await expect(page.getByText("We are not sure it went through. Checking…")).toBeVisible();
  await expect(page.getByText(/sent to Ben Lindqvist\./)).toBeVisible();
  expect((await lines(ada)).filter(({ type }) => type === "tip_sent")).toHaveLength(1);
});

test("an amount outside the range, or none at all, is said beside the field", async ({ page, person, signIn }) => {
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Tin theatre");
  await signIn(person, `/post?id=${id}`);
  await page.getByRole("button", { name: "Tip", exact: true }).click();
  const field = page.getByLabel("Own amount");
  await field.fill("1.5");
  await expect(page.getByText("Write a whole number of tokens.")).toBeVisible();
  await field.fill("999999999");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("button", { name: /Send/ })).toBeDisabled();
});
