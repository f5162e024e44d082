import { limits } from "guilder-client";
import { expect, open, PHONE, test } from "./fixtures";
import { newPerson, post } from "./people";

const NAMES = {
  markup: `<img src=x onerror=alert(1)>`,
  "right to left": "نور حداد ‏שלום",
  emoji: "🦊🎨👩‍👩‍👧‍👦",
  "one long word": "W".repeat(50),
};
const CAPTIONS = {
  markup: `</script><b>bold</b><svg onload=alert(2)>`,
  "right to left": "صورة في الضباب, 123 (עברית)",
  emoji: "🦊".repeat(40),
  "one long word": "W".repeat(limits.generate.caption.maxLength),
};

for (const kind of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
  test(`a name and a caption are text, and fit: ${kind}`, async ({ page }) => {
    await page.setViewportSize(PHONE);
    page.on("dialog", () => {
      throw new Error("a script ran");
    });
    const person = await newPerson({ name: NAMES[kind] });
    const id = await post(person, "hostile", { caption: CAPTIONS[kind] });
    for (const path of [`/post?id=${id}`, `/creator?id=${person.uid}`, "/"]) {
      await page.goto(path);
      await expect(
        page.getByText(path === "/" ? NAMES[kind] : path.includes("post") ? CAPTIONS[kind] : NAMES[kind]).first(),
      ).toBeVisible();
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(beyond, path).toBeLessThanOrEqual(0);
    }
  });
}

test("addresses that nobody gave out lead nowhere harmful", async ({ page, watch }) => {
  watch.expectProblem(404);
  page.on("dialog", () => {
    throw new Error("a script ran");
  });
  for (const path of [
    "/post?id=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
    "/u/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "/wallet?type=%3Cscript%3E&from=2026-02-31&to=never",
    "/tokens/success?session_id=../../etc/passwd",
    "/buy-tokens?tab=constructor&package=__proto__",
    "/image-generator?next=javascript:alert(1)",
  ]) {
    await open(page, path);
    expect(await page.evaluate(() => document.body.innerHTML), path).not.toContain("onerror=");
  }
});

test("an injected inline script does not run", async ({ page, watch }) => {
  watch.expectError(/Content Security Policy/);
  await open(page, "/help/tokens");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.injected = true";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.injected = true'>");
    document.body.insertAdjacentHTML("beforeend", "<iframe srcdoc='<script>top.injected = true</script>'></iframe>");
  });
  await expect(page.frameLocator("iframe").locator("script")).toBeAttached();
  await page.waitForFunction(() => document.querySelector<HTMLImageElement>("img[src='data:,']")?.complete);
  expect(await page.evaluate(() => "injected" in window)).toBe(false);
});
