import { DESK, expect, PHONE, test } from "./fixtures";
import { endpoints } from "./local";
import { ask, buy, newPerson, post } from "./people";

test("signed out, the gallery needs neither Firestore nor Auth, and no answer twice", async ({ page }) => {
  const person = await newPerson();
  await post(person, "A first picture");
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  await page.goto("/");
  await expect(page.locator("article img").first()).toBeVisible();
  const asked = urls.filter((url) => url.includes("/api/")).map((url) => new URL(url).pathname);
  expect(asked.sort()).toEqual(["/api/get-catalog", "/api/get-feed"]);
  expect(urls.filter((url) => url.includes(endpoints.firestore) || url.includes(endpoints.auth))).toEqual([]);
});

test("shared addresses show the post and its author; unknown ones say so", async ({ page, watch }) => {
  watch.expectProblem(404);
  const person = await newPerson({ name: "Noor Haddad" });
  const id = await post(person, "Copper tide");
  await page.goto(`/p/${id}`);
  await expect(page.getByRole("heading", { level: 1, name: "Copper tide" })).toBeVisible();
  await page.goto(`/u/${person.uid}`);
  await expect(page.getByRole("heading", { level: 1, name: "Noor Haddad" })).toBeVisible();
  await page.goto("/p/0000000000000000000000000000dead");
  await expect(page.getByText("This picture is gone.")).toBeVisible();
  await page.goto("/u/nobody-at-all");
  await expect(page.getByText("There is nobody here.")).toBeVisible();
  await page.goto("/p/%E0%A4%A");
  const nothing = await page.goto("/nope");
  expect(nothing?.status()).toBe(404);
  await expect(page.getByText("There is no such page.")).toBeVisible();
});

test("pages follow each other without doubles, and Back keeps the place", async ({ page }) => {
  test.slow();
  const person = await newPerson({ name: "Mika Tanaka", packages: ["creator"] });
  // 8 areas make one post; so many posts need as many generations.
  for (let made = 0; made < 60; made += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, each) => post(person, `Picture ${made + each}`)));
  }
  await page.goto(`/u/${person.uid}`);
  const cards = page.getByRole("article");
  await expect(cards).toHaveCount(12);
  await cards.last().scrollIntoViewIfNeeded();
  await expect(cards).toHaveCount(36);
  await cards.last().scrollIntoViewIfNeeded();
  await expect(cards).toHaveCount(60);
  const names = await cards.getByRole("link").allTextContents();
  expect(new Set(names).size).toBe(60);
  const picture = cards.nth(40);
  const name = await picture.getByRole("link").textContent();
  await picture.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: name ?? "" })).toBeVisible();
  await page.goBack();
  await expect(cards.nth(40)).toBeInViewport();
});

for (const [name, viewport] of Object.entries({ PHONE, DESK })) {
  test(`nothing scrolls sideways, ${name}`, async ({ page }) => {
    await page.setViewportSize({ ...viewport, width: name === "PHONE" ? 320 : viewport.width });
    for (const path of ["/", "/image-generator", "/buy-tokens", "/sign-in", "/help/tokens"]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      expect(scroll, path).toBeLessThanOrEqual(client);
    }
  });
}

test("hearts: seven quick presses end as the last one said, and the count is right", async ({ page, signIn }) => {
  const author = await newPerson({ name: "Ben Lindqvist" });
  const id = await post(author, "Slow river");
  const person = await newPerson();
  await signIn(person, `/post?id=${id}`);
  const heart = page.getByRole("button", { name: /^Like,/ });
  for (let press = 0; press < 7; press++) await heart.click();
  await expect(heart).toHaveAttribute("aria-pressed", "true");
  await expect(heart).toHaveAccessibleName("Like, 1 so far");
  await expect.poll(async () => (await ask(person, "get-post", { id })).liked).toBe(true);
  await expect.poll(async () => (await ask(person, "get-post", { id })).likeCount).toBe(1);
  await page.reload();
  await expect(heart).toHaveAttribute("aria-pressed", "true");
});

test("hearts: unverified it goes back with a sentence; signed out it leads to signing in", async ({ page, signIn }) => {
  const id = await post(await newPerson(), "Blue hour");
  await page.goto(`/post?id=${id}`);
  await page.getByRole("button", { name: /^Like,/ }).click();
  await expect(page).toHaveURL(new RegExp(`/sign-in\\?next=${encodeURIComponent(`/post?id=${id}`)}`));
  await signIn(await newPerson({ isVerified: false }), `/post?id=${id}`);
  const heart = page.getByRole("button", { name: /^Like,/ });
  await heart.click();
  await expect(page.getByText("Verify your e-mail to like pictures.")).toBeVisible();
  await expect(heart).toHaveAttribute("aria-pressed", "false");
});

test("hostile captions and names are text", async ({ page }) => {
  const name = `<img src=x onerror=alert(1)> ${"ن".repeat(8)}`;
  const person = await newPerson({ name });
  await buy(person, "starter");
  const id = await post(person, "hostile", { caption: `${"🦊".repeat(20)}</script><b>bold</b>` });
  page.on("dialog", () => {
    throw new Error("a script ran");
  });
  await page.goto(`/post?id=${id}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("</script><b>bold</b>");
  await expect(page.getByRole("link", { name: /onerror=alert/ })).toBeVisible();
});

test("an injected inline script does not run", async ({ page, watch }) => {
  watch.expectLost(/./);
  await page.goto("/");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
  });
  expect(await page.evaluate(() => "injected" in window)).toBe(false);
});
