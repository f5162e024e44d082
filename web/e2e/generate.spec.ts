import { balanceOf, describePicture, expect, payAtStripe, test } from "./fixtures";
import { ask, call, lines, newPerson, packageNamed, post, priceOf } from "./people";
import { widthsOf } from "./sampling";

for (const [name, viewport] of widthsOf("two areas")) {
  test(`generates two areas, of which one fails, ${name}`, async ({ page, person, signIn }) => {
    await page.setViewportSize(viewport);
    await signIn(person, "/image-generator");
    const button = await describePicture(page, "A lighthouse in fog", "sky, fail-me sea");
    await page.getByLabel("Caption").fill("Morning");
    await expect(button).toHaveText("Generate · 10 tokens");
    await expect(page.getByText(/You have 10, 0 left after/)).toBeVisible();
    await button.click();

    await expect(page.getByTestId("charge")).toHaveText("Spent 5, refunded 5: one picture could not be made.");
    await expect(balanceOf(page)).toContainText("5");
    expect((await lines(person)).map(({ type, amount }) => [type, amount])).toEqual([
      ["refund", 5],
      ["generation_spend", -10],
      ["signup_bonus", 10],
    ]);
    await page.getByRole("link", { name: "See it in the gallery" }).click();
    await expect(page.getByRole("heading", { name: "Morning" })).toBeVisible();
  });
}

test("where nothing can be made, everything comes back", async ({ page, person, signIn }) => {
  await signIn(person, "/image-generator");
  await (await describePicture(page, "A fail-me kite")).click();
  await expect(page.getByTestId("charge")).toHaveText("Nothing was spent: 5 refunded.");
  await expect(balanceOf(page)).toContainText("10");
});

test("a private picture is published later", async ({ page, person, signIn, watch }) => {
  watch.expectProblem(404, /get-post/);
  await signIn(person, "/image-generator");
  const button = await describePicture(page, "A quiet room");
  await page.getByRole("checkbox").uncheck();
  await button.click();
  await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");
  expect(await ask(null, "get-feed", { userId: person.uid })).toMatchObject({ posts: [] });
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("link", { name: "See it in the gallery" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Untitled");
});

test("too few tokens: the smallest package that covers it is bought, and the prompt is back", async ({
  page,
  person,
  signIn,
}) => {
  const starter = await packageNamed("starter");
  await signIn(person, "/image-generator");
  await (await describePicture(page, "A lighthouse in fog", "sky, sea, tower")).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: "5 tokens short" })).toBeVisible();
  await expect(dialog).toContainText("You have 10, this needs 15. Your prompt is kept.");
  await dialog.getByRole("button", { name: `Buy ${starter.name}, ${priceOf(starter)}` }).click();
  await payAtStripe(page);
  await page.getByRole("link", { name: "Start Creating" }).click();

  await expect(page.getByLabel("What should it show?")).toHaveValue("A lighthouse in fog");
  await expect(page.getByLabel("Areas")).toHaveValue("sky, sea, tower");
  await expect(page.getByText(/You have 60, 45 left after/)).toBeVisible();
  expect(await lines(person, "generation_spend")).toHaveLength(0);
  await page.getByRole("button", { name: "Generate · 15 tokens" }).click();
  await expect(page.getByTestId("charge")).toHaveText("Spent 15 tokens.");
});

test("tokens that are gone when the press arrives: the server's numbers stand in the dialog", async ({
  page,
  person,
  signIn,
  watch,
}) => {
  watch.expectProblem(402, /api\/generate/);
  const ben = await newPerson({ name: "Ben Lindqvist" });
  await signIn(person, "/image-generator");
  // Between the press and its arrival, the tokens are spent on another device.
  await page.route("**/api/generate", async (route) => {
    await call(person, "tip", { recipientId: ben.uid, amount: 7 });
    await route.continue();
  });
  await (await describePicture(page, "A kite")).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading", { name: "2 tokens short" })).toBeVisible();
  await expect(dialog).toContainText("You have 3, this needs 5. Your prompt is kept.");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel("What should it show?")).toHaveValue("A kite");
  expect(await lines(person, "generation_spend")).toHaveLength(0);
});

test("nobody else is shown the prompt", async ({ page, person, signIn, watch }) => {
  watch.expectProblem(404, /get-generation/);
  const texts: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/api/")) texts.push(response.text().catch(() => ""));
  });
  const id = await post(person, "a very secret prompt", { caption: "Public words" });
  await signIn(await newPerson({ name: "Ben Lindqvist" }), "/");
  await expect(page.getByRole("link", { name: "Public words" }).first()).toBeVisible();
  for (const address of [`/post?id=${id}`, `/creator?id=${person.uid}`]) {
    await page.goto(address);
    await expect(page.getByText("Public words").first()).toBeVisible();
    await expect(page.locator("body")).not.toContainText("very secret");
  }
  const all = (await Promise.all(texts)).join();
  expect(all).toContain("Public words");
  expect(all).not.toContain("very secret");
});

test("on a page of twice its size, what is written is not covered by the button that spends", async ({
  page,
  person,
  signIn,
}) => {
  await page.setViewportSize({ width: 640, height: 400 });
  await signIn(person, "/image-generator");
  const field = await page.getByLabel("What should it show?").boundingBox();
  const button = await page.getByRole("button", { name: /^Generate/ }).boundingBox();
  if (!field || !button) throw new Error("one of them is not there");
  expect(button.y).toBeGreaterThanOrEqual(field.y + field.height);
});
