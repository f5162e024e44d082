import type { Page } from "@playwright/test";
import { passesAxe } from "./axe";
import { describePicture, expect, open, payAtStripe, test } from "./fixtures";
import { administrator, buy, call, newPerson, payBack, post } from "./people";
import { widthsOf } from "./sampling";

async function look(page: Page, path: string): Promise<void> {
  await open(page, path);
  await passesAxe(page, path);
}

for (const [name, viewport] of widthsOf("axe")) {
  test.describe(`axe finds nothing, ${name}`, () => {
    test.use({ viewport, contextOptions: { reducedMotion: "reduce" } });

    test("what visitors see", async ({ page, person, watch }) => {
      watch.expectProblem(404);
      const id = await post(person, "Nocturne for two kites", { areas: ["one", "two"] });
      for (const path of [
        "/",
        `/post?id=${id}`,
        `/creator?id=${person.uid}`,
        "/creator",
        "/image-generator",
        "/buy-tokens",
        "/buy-tokens?tab=plans",
        "/wallet",
        "/settings",
        "/tokens/success",
        "/help/tokens",
        "/operator",
        "/post?id=gone",
        "/nope",
      ]) {
        await look(page, path);
      }
      await open(page, "/tokens/cancel");
      await page.getByText("Do they expire?").click();
      await passesAxe(page, "/tokens/cancel");
    });

    test("the three forms of signing in", async ({ page, watch }) => {
      watch.expectProblem(400);
      await look(page, "/sign-in");
      await page.getByRole("button", { name: "Create account" }).click();
      await passesAxe(page, "joining, with problems");
      await page.getByRole("button", { name: "I have an account" }).click();
      await page.getByLabel("E-mail").fill("nobody@example.com");
      await page.getByLabel("Password", { exact: true }).fill("not this one");
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await expect(page.getByText("E-mail or password is wrong.")).toBeVisible();
      await passesAxe(page, "signing in, refused");
      await page.getByRole("button", { name: "Forgot your password?" }).click();
      await page.getByLabel("E-mail").fill("nobody@example.com");
      await passesAxe(page, "a forgotten password");
      await page.getByRole("button", { name: "Send the link" }).click();
      await expect(page.getByText(/a link is on its way/)).toBeVisible();
      await passesAxe(page, "a forgotten password, sent");
    });

    test("creating and buying", async ({ page, person, signIn }) => {
      await signIn(person, "/image-generator");
      const button = await describePicture(page, "");
      await button.click();
      await expect(page.getByText("Write what it should show.")).toBeVisible();
      await passesAxe(page, "a draft with a problem");
      await describePicture(page, "Dusk", "sky, fail-me sea");
      await button.click();
      await expect(page.getByTestId("charge")).toContainText("Spent 5, refunded 5");
      await passesAxe(page, "a job that is done");
      await page.getByRole("button", { name: "Was I charged?" }).click();
      await expect(page.getByRole("dialog")).toContainText("came back");
      await passesAxe(page, "the panel that explains");
      await page.keyboard.press("Escape");
      await button.click();
      await expect(page.getByRole("heading", { name: "5 tokens short" })).toBeVisible();
      await passesAxe(page, "the dialog of too few tokens");
      await page.keyboard.press("Escape");
      await look(page, "/buy-tokens");
      await page.getByRole("tab", { name: "Plans and passes" }).click();
      await expect(page.getByTestId("plan-plus")).toBeVisible();
      await passesAxe(page, "plans");
      await page.getByRole("button", { name: "Subscribe Plus" }).click();
      await payAtStripe(page);
      await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
      await passesAxe(page, "the receipt");
      await look(page, "/settings");
    });

    test("one's own pages and dialogs", async ({ page, person, signIn }) => {
      const id = await post(person, "Winter kitchen");
      await signIn(person, `/post?id=${id}`);
      await page.getByRole("button", { name: "Edit caption" }).click();
      await page.getByLabel("Caption").fill("x".repeat(10));
      await passesAxe(page, "the caption's form");
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Delete" }).click();
      await passesAxe(page, "the question before deleting");
      await page.keyboard.press("Escape");
      await look(page, "/creator");
      await page.getByRole("button", { name: "Edit profile" }).click();
      await page.getByLabel("Address of a photo").fill("no address");
      await page.getByRole("button", { name: "Save" }).click();
      await expect(page.getByText(/begins with https:\/\/\.$/)).toBeVisible();
      await passesAxe(page, "the profile's dialog");
    });

    test("a wallet with lines and a debt, and a tip", async ({ page, signIn, context, watch }) => {
      watch.expectLost(/./);
      const ben = await newPerson({ name: "Ben Lindqvist" });
      const ada = await newPerson();
      const session = await buy(ada, "starter");
      await signIn(ada, `/creator?id=${ben.uid}`);
      await page.getByRole("button", { name: "Tip", exact: true }).click();
      await passesAxe(page, "the tip's dialog");
      await page.getByLabel("Own amount").fill("1.5");
      await expect(page.getByText("Write a whole number of tokens.")).toBeVisible();
      await passesAxe(page, "the tip's dialog, with a problem");

      await call(ada, "tip", { recipientId: ben.uid, amount: 55 });
      await look(page, "/wallet");
      await page.getByRole("button", { name: "Dates", exact: true }).click();
      await passesAxe(page, "the wallet, with dates");
      await payBack(session);
      await expect(page.getByText(/^You owe 45 tokens: a payment was taken back\./)).toBeVisible();
      await passesAxe(page, "the wallet, with a debt");
      await look(page, `/tokens/success?session_id=${session}`);
      await open(page, "/image-generator");
      await (await describePicture(page, "Dusk", "sky, sea")).click();
      await expect(page.getByRole("heading", { name: "You owe 45 tokens" })).toBeVisible();
      await passesAxe(page, "the dialog of who owes");
      await page.keyboard.press("Escape");
      await context.setOffline(true);
      await expect(page.getByText("You are offline. What you write is kept.")).toBeVisible();
      await passesAxe(page, "offline");
    });

    test("unverified, frozen and signed in at the start page", async ({ page, signIn }) => {
      const eva = await newPerson({ name: "Eva Sand", isVerified: false });
      await call(await administrator(), "freeze-wallet", { userId: eva.uid, frozen: true, reason: "support" });
      await signIn(eva, "/");
      await expect(page.getByText(/^Verify your e-mail: we sent a link/)).toBeVisible();
      await expect(page.getByText(/^Your wallet is frozen/)).toBeVisible();
      await passesAxe(page, "a frozen wallet");
      await look(page, "/buy-tokens");
    });

    test("the operators' desk and an account", async ({ page, person, signIn }) => {
      const operator = await administrator();
      await buy(person, "starter");
      await call(operator, "freeze-wallet", { userId: person.uid, frozen: true, reason: "support" });
      await signIn(operator, "/operator");
      for (const kind of ["parked", "grants", "frozen", "disputes", "findings"])
        await look(page, `/operator?kind=${kind}`);
      await look(page, `/operator?user=${person.uid}`);
    });
  });
}

test("the first frame is dark where the system is, and where it was chosen", async ({ page, watch }) => {
  watch.expectLost(/_next\/static/);
  // Without any script but the one that stands in the page.
  await page.route("**/_next/static/**/*.js", (route) => route.abort());
  const isDark = () =>
    page.evaluate(() => {
      const [canvas, { backgroundColor }] = [document.createElement("canvas"), getComputedStyle(document.body)];
      const brush = canvas.getContext("2d");
      if (!brush) return undefined;
      brush.fillStyle = backgroundColor;
      brush.fillRect(0, 0, 1, 1);
      return (brush.getImageData(0, 0, 1, 1).data[0] ?? 0) < 60;
    });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.goto("/");
  expect(await isDark()).toBe(true);
  await page.evaluate(() => localStorage.setItem("scheme", "light"));
  await page.reload();
  expect(await isDark()).toBe(false);
  await page.emulateMedia({ colorScheme: "light" });
  await page.evaluate(() => localStorage.setItem("scheme", "dark"));
  await page.reload();
  expect(await isDark()).toBe(true);
});

test("reduced motion: no confetti, and nothing moves", async ({ page, person, signIn }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await signIn(person, "/buy-tokens");
  const moving = () =>
    page.evaluate(
      () => document.getAnimations().filter((each) => Number(each.effect?.getTiming().duration) > 1).length,
    );
  await page.getByRole("button", { name: /^Buy Now Starter/ }).hover();
  expect(await moving()).toBe(0);
  await page.getByRole("button", { name: /^Buy Now Starter/ }).click();
  await payAtStripe(page);
  await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeVisible();
  await expect(page.locator("canvas")).toHaveCount(0);
  await page.getByRole("button", { name: "Was I charged?" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await moving()).toBe(0);
});

test("what pages say without any answer stands in them before a script runs", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  for (const [path, title] of Object.entries({
    "/buy-tokens": "Fuel Your Creativity",
    "/image-generator": "Create",
    "/help/tokens": "Token Economy User Guide",
    "/tokens/cancel": "Purchase Canceled",
  })) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  }
  await context.close();
});
