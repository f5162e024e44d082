import { balanceOf, DESK, expect, PHONE, test } from "./fixtures";
import { ask, lines, newPerson } from "./people";

for (const [name, viewport] of Object.entries({ PHONE, DESK })) {
  test(`generates two areas, of which one fails, ${name}`, async ({ page, person, signIn }) => {
    await page.setViewportSize(viewport);
    await signIn(person, "/image-generator");
    await page.getByLabel("What should it show?").fill("A lighthouse in fog");
    await page.getByLabel("Areas").fill("sky, fail-me sea");
    await page.getByLabel("Caption").fill("Morning");

    const button = page.getByRole("button", { name: "Generate · 10 tokens" });
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

test("a double click and a reload charge once", async ({ page, person, signIn }) => {
  await signIn(person, "/image-generator");
  await page.getByLabel("What should it show?").fill("A kite");
  await page.getByRole("button", { name: /Generate/ }).dblclick();
  await page.reload();
  await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");
  await expect(page.getByLabel("What should it show?")).toHaveValue("A kite");
  expect((await lines(person)).filter(({ type }) => type === "generation_spend")).toHaveLength(1);
});

test("where the answer is lost, it is asked about with the same key", async ({ page, person, signIn, watch }) => {
  watch.expectLost(/api\/generate/);
  await signIn(person, "/image-generator");
  let sent = 0;
  const keys = new Set<string | undefined>();
  await page.route("**/api/generate", async (route) => {
    keys.add(route.request().headers()["idempotency-key"]);
    sent += 1;
    const answer = await route.fetch();
    if (sent === 1) await route.abort("connectionreset");
    else await route.fulfill({ response: answer });
  });
  await page.getByLabel("What should it show?").fill("A lost answer");
  await page.getByRole("button", { name: /Generate/ }).click();
  await expect(page.getByText("We are not sure it went through. Checking…")).toBeVisible();
  await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");
  await expect(page.getByText("We are not sure it went through. Checking…")).toBeHidden();
  expect(keys.size).toBe(1);
  expect((await lines(person)).filter(({ type }) => type === "generation_spend")).toHaveLength(1);
});

for (const way of ["Finish · 5 tokens", "Forget it"]) {
  test(`the page is closed between press and answer: ${way}`, async ({ page, context, person, signIn, watch }) => {
    watch.expectLost(/api\/generate/);
    await signIn(person, "/image-generator");
    // The server is reached; the page is gone before it answers.
    const reached = new Promise<void>((resolve) => {
      context.route("**/api/generate", async (route) => {
        await route.fetch();
        resolve();
        await route.abort().catch(() => undefined);
      });
    });
    await page.getByLabel("What should it show?").fill("A closed page");
    const storage = page.getByRole("button", { name: /Generate/ });
    await storage.click();
    await reached;
    await context.unroute("**/api/generate");
    await page.goto("/");

    await expect(page.getByText("The connection broke when you pressed Generate.")).toBeVisible();
    await page.getByRole("button", { name: way }).click();
    await expect(page.getByText("The connection broke when you pressed Generate.")).toBeHidden();
    await expect(balanceOf(page)).toContainText("5");
    expect((await lines(person)).filter(({ type }) => type === "generation_spend")).toHaveLength(1);
  });
}

test("a private picture is published later", async ({ page, person, signIn }) => {
  await signIn(person, "/image-generator");
  await page.getByLabel("What should it show?").fill("A quiet room");
  await page.getByRole("checkbox").uncheck();
  await page.getByRole("button", { name: /Generate/ }).click();
  await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");
  expect(await ask(null, "get-feed", { userId: person.uid })).toMatchObject({ posts: [] });
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByRole("link", { name: "See it in the gallery" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Untitled");
});

test("a picture is made without tokens left: the dialog says what is short, and nothing is spent", async ({
  page,
  signIn,
}) => {
  const person = await newPerson();
  await signIn(person, "/image-generator");
  await page.getByLabel("What should it show?").fill("Three kites");
  await page.getByLabel("Areas").fill("one, two, three");
  await page.getByRole("button", { name: "Generate · 15 tokens" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("heading")).toHaveText("5 tokens short");
  await expect(dialog).toContainText("You have 10, this needs 15. Your prompt is kept.");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel("What should it show?")).toHaveValue("Three kites");
  expect(await lines(person)).toHaveLength(1);
});

test("nobody else is shown the prompt", async ({ page, person, signIn }) => {
  const other = await newPerson({ name: "Ben Lindqvist" });
  await signIn(other, "/");
  const texts: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/api/")) texts.push(response.text().catch(() => ""));
  });
  const { post } = await import("./people");
  const id = await post(person, "a very secret prompt", { caption: "Public words" });
  await page.goto(`/post?id=${id}`);
  await expect(page.getByRole("heading", { name: "Public words" })).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("link", { name: "Public words" })).toBeVisible();
  expect((await Promise.all(texts)).join()).not.toContain("very secret");
});
