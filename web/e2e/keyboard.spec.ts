import type { Locator, Page } from "@playwright/test";
import { balanceOf, expect, test } from "./fixtures";
import { mailedLink, newEmail, newPerson, post } from "./people";
import { widthsOf } from "./sampling";

/** Presses Tab until something has the focus. Whatever has it on the way is in sight and is marked. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(hidesFocus)).toBe("");
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}

/** Which element has the focus without being seen to have it, or nothing. */
function hidesFocus(): string {
  const focused = document.activeElement;
  if (!focused || focused === document.body || location.pathname.startsWith("/c/pay")) return "";
  // A radio button is drawn by its label.
  const shown = focused.classList.contains("sr-only") ? (focused.closest("label") ?? focused) : focused;
  const { left, top, width, height } = shown.getBoundingClientRect();
  const isSeen = [0.1, 0.5, 0.9].some((across) => {
    const on = document.elementFromPoint(left + width * across, top + height / 2);
    return on !== null && (shown.contains(on) || on.contains(shown));
  });
  const isMarked = getComputedStyle(shown).outlineStyle !== "none";
  return isSeen && isMarked ? "" : `${isSeen ? "unmarked" : "covered"}: ${shown.outerHTML.slice(0, 200)}`;
}

for (const [name, viewport] of widthsOf("keyboard")) {
  test(`with the keyboard alone: joins, buys, generates and tips, ${name}`, async ({ page }) => {
    test.slow();
    await page.setViewportSize(viewport);
    const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Signal fire");
    const email = newEmail("Eva");
    await page.goto("/sign-in");
    await tabTo(page, page.getByLabel("Name"));
    await page.keyboard.type("Eva Sand");
    await tabTo(page, page.getByLabel("E-mail"));
    await page.keyboard.type(email);
    await tabTo(page, page.getByLabel("Password", { exact: true }));
    await page.keyboard.type("secret1");
    await page.keyboard.press("Enter");
    await page.waitForURL("/");
    await fetch(await mailedLink(email));

    await page.goto("/buy-tokens");
    await expect(balanceOf(page)).toContainText("10");
    await tabTo(page, page.getByRole("button", { name: /^Buy Now Starter/ }));
    await page.keyboard.press("Enter");
    await tabTo(page, page.locator("#email"));
    await page.keyboard.type("card@example.com");
    await tabTo(page, page.locator("#pay"));
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "Purchase Successful!" })).toBeFocused();
    await tabTo(page, page.getByRole("link", { name: "Start Creating" }));
    await page.keyboard.press("Enter");

    await tabTo(page, page.getByLabel("What should it show?"));
    await page.keyboard.type("A kite");
    await tabTo(page, page.getByRole("button", { name: "Generate · 5 tokens" }));
    await page.keyboard.press("Enter");
    await expect(page.getByTestId("charge")).toHaveText("Spent 5 tokens.");

    await page.goto(`/post?id=${id}`);
    const tip = page.getByRole("button", { name: "Tip", exact: true });
    await tabTo(page, tip);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(tip).toBeFocused();
    await page.keyboard.press("Enter");
    await tabTo(page, page.getByRole("radio").first());
    await page.keyboard.press("ArrowRight");
    const send = page.getByRole("button", { name: "Send 5 tokens" });
    await tabTo(page, send);
    await page.keyboard.press("Enter");
    await expect(page.getByText("5 tokens sent to Ben Lindqvist.")).toBeVisible();
    await expect(tip).toBeFocused();
    await expect(balanceOf(page)).toContainText("50");
  });
}

test("the first Tab leads past the navigation", async ({ page }) => {
  await page.goto("/help/tokens");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
});

test("a dialog that is closed and asked for again in one breath is open", async ({ page, person, signIn }) => {
  const id = await post(await newPerson({ name: "Ben Lindqvist" }), "Signal fire");
  await signIn(person, `/post?id=${id}`);
  const tip = page.getByRole("button", { name: "Tip", exact: true });
  await tip.click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await tip.evaluate((button: HTMLButtonElement) => {
    // What Escape does.
    (document.querySelector("dialog") as HTMLDialogElement & { requestClose: () => void }).requestClose();
    button.click();
    // By then everybody has been told.
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
  await expect(page.getByRole("dialog")).toBeVisible();
});
