import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { endpoints } from "./local";
import { newPerson, type Person } from "./people";

export { expect } from "@playwright/test";

/** What a test expects to go wrong: the statuses of the answers that are refusals on purpose. */
type Watch = { expectProblem: (status: number) => void; expectLost: (url: RegExp) => void };

type Fixtures = {
  /** Fails the test on whatever it did not expect: console errors, answers of 500, requests off the machine. */
  watch: Watch;
  /** Somebody verified, with the welcome bonus. */
  person: Person;
  /** Signs somebody in on the page and goes to an address. */
  signIn: (person: Person, next?: string) => Promise<void>;
};

/** What Chromium and Firestore's SDK say although nothing is wrong. */
const HARMLESS = [/net::ERR_ABORTED/, /net::ERR_NAME_NOT_RESOLVED/, /BloomFilter/];

export const test = base.extend<Fixtures>({
  watch: [
    async ({ page }, use) => {
      const found: string[] = [];
      const statuses: number[] = [];
      const lost: RegExp[] = [];
      page.on("console", (message) => {
        if (message.type() !== "error") return;
        const status = /status of (\d+)/.exec(message.text())?.[1];
        if (status && statuses.includes(Number(status))) return;
        if (lost.some((url) => url.test(message.location().url))) return;
        found.push(`console: ${message.text()} ${message.location().url}`);
      });
      page.on("pageerror", (error) => found.push(`page: ${error.message}`));
      page.on("response", (response) => {
        if (response.status() >= 500 && !statuses.includes(response.status())) {
          found.push(`${response.status()} ${response.url()}`);
        }
      });
      page.on("request", (request) => {
        if (!/^(data:|blob:|http:\/\/(127\.0\.0\.1|localhost)[:/])/.test(request.url()))
          found.push(`off: ${request.url()}`);
      });
      await use({
        expectProblem: (status) => statuses.push(status),
        expectLost: (url) => lost.push(url),
      });
      expect(found.filter((each) => !HARMLESS.some((harmless) => harmless.test(each)))).toEqual([]);
    },
    { auto: true },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of fixtures from the pattern
  person: async ({}, use) => {
    await use(await newPerson());
  },

  signIn: async ({ page }, use) => {
    await use(async (person, next = "/") => {
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await page.getByRole("button", { name: "I have an account" }).click();
      await page.getByLabel("E-mail").fill(person.email);
      await page.getByLabel("Password", { exact: true }).fill(person.password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.waitForURL((url) => url.pathname !== "/sign-in");
      await expect(balanceOf(page)).toContainText(/\d/);
    });
  },
});

/** The balance that is on the screen: in the sidebar on a desk, in the bar at the top on a phone. */
export function balanceOf(page: Page): Locator {
  return page.getByTestId("balance").filter({ visible: true });
}

export const PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 900 };

/** Pays on the local Stripe's page, which the browser shows, with a card by its label there. */
export async function payAtStripe(page: Page, card = "pays at once"): Promise<void> {
  await page.waitForURL(`${endpoints.stripe}/**`);
  await page.locator("#email").fill("card@example.com");
  await page.getByText(card).click();
  await page.locator("#pay").click();
}
