import { DESK, expect, open, PHONE, test } from "./fixtures";
import { endpoints } from "./local";
import { newPerson, post } from "./people";
import { postMore } from "./stored";

for (const page of ["the start page", "a shared post", "a shared profile"]) {
  test(`signed out, ${page} needs neither Firestore nor Auth, and no answer twice`, async ({ page: tab }) => {
    const person = await newPerson();
    const id = await post(person, "A first picture");
    const [path, wanted] = {
      "the start page": ["/", ["get-catalog", "get-feed"]],
      "a shared post": [`/p/${id}`, ["get-catalog", "get-feed", "get-post"]],
      "a shared profile": [`/u/${person.uid}`, ["get-catalog", "get-feed", "get-profile"]],
    }[page] as [string, string[]];
    const urls: string[] = [];
    tab.on("request", (request) => urls.push(request.url()));
    await tab.goto(path);
    await expect(tab.locator("img").first()).toBeVisible();
    const asked = () => urls.filter((url) => url.includes("/api/")).map((url) => new URL(url).pathname.slice(5));
    await expect.poll(() => asked().sort()).toEqual(wanted);
    await tab.waitForLoadState("load");
    expect(asked().sort()).toEqual(wanted);
    expect(urls.filter((url) => url.includes(endpoints.firestore) || url.includes(endpoints.auth))).toEqual([]);
  });
}

test("shared addresses show the post and its author; unknown ones say so", async ({ page, watch }) => {
  watch.expectProblem(404);
  const person = await newPerson({ name: "Noor Haddad" });
  const id = await post(person, "Copper tide");
  await page.goto(`/p/${id}`);
  await expect(page.getByRole("heading", { level: 1, name: "Copper tide" })).toBeVisible();
  await page.goto(`/u/${person.uid}`);
  await expect(page.getByRole("heading", { level: 1, name: "Noor Haddad" })).toBeVisible();
  for (const address of ["/p/0000000000000000000000000000dead", "/p/%3Cimg%3E", "/post", "/post?id=../users/x"]) {
    await page.goto(address);
    await expect(page.getByText("This picture is gone.")).toBeVisible();
  }
  await page.goto("/u/nobody-at-all");
  await expect(page.getByText("There is nobody here.")).toBeVisible();
  const nothing = await page.goto("/nope");
  expect(nothing?.status()).toBe(404);
  await expect(page.getByText("There is no such page.")).toBeVisible();
});

test("a long gallery comes in pages without doubles, and Back keeps the place", async ({ page }) => {
  const many = 64;
  const mika = await newPerson({ name: "Mika Tanaka" });
  const captions = Array.from({ length: many - 1 }, (_, number) => `Picture ${number}`);
  await postMore(mika.uid, await post(mika, "The newest"), captions);

  await page.goto(`/u/${mika.uid}`);
  const cards = page.getByRole("article");
  for (const shown of [12, 36, 60]) {
    await expect(cards).toHaveCount(shown);
    await cards.last().scrollIntoViewIfNeeded();
  }
  await page.getByRole("button", { name: "Load more" }).click();
  await expect(cards).toHaveCount(many);
  const names = await cards.locator("a[id]").allTextContents();
  expect(new Set(names).size).toBe(many);
  await expect(cards.last()).toHaveAttribute("aria-setsize", String(many));

  const card = cards.nth(50);
  await card.scrollIntoViewIfNeeded();
  await card.locator("a[id]").click();
  await expect(page.getByRole("heading", { level: 1, name: names[50] ?? "" })).toBeVisible();
  await page.goBack();
  await expect(card).toBeInViewport();
  await expect(cards).toHaveCount(many);
});

for (const [name, width] of Object.entries({ PHONE: 320, DESK: DESK.width })) {
  test(`nothing scrolls sideways, ${name}`, async ({ page }) => {
    await page.setViewportSize({ ...PHONE, width });
    for (const path of ["/", "/image-generator", "/buy-tokens", "/buy-tokens?tab=plans", "/sign-in", "/help/tokens"]) {
      await open(page, path);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(beyond, path).toBeLessThanOrEqual(0);
    }
  });
}
