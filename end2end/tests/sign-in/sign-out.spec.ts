// How a session ends.
import { chromium, type Page } from "@playwright/test";
import { expect, test } from "../../support/fixtures.ts";
import { HANDLE, headersOf, islandIsAlive, openSecret, valueOn } from "../../support/browser.ts";

test.use({ serverFor: "sign-out" });

const SECRET = "billing/api-key";

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/signed-out");
  await expect(page.getByRole("heading", { level: 1, name: "You have signed out" })).toBeVisible();
}

test("signing out ends the session and takes the cookie away", async ({ page, context, signIn }) => {
  await signIn(page, "vera");
  await signOut(page);
  expect((await context.cookies()).filter((cookie) => cookie.name === HANDLE)).toEqual([]);
  await page.goto("/secrets");
  await expect(page).toHaveURL("/sign-in?next=%2Fsecrets");
  await page.goto("/signed-out");
  await page.getByRole("link", { name: "Sign in again" }).click();
  await expect(page).toHaveURL("/sign-in?next=%2F");
});

test("the sign-out page asks first, and leads back", async ({ page, signIn }) => {
  await signIn(page, "vera");
  await page.goto("/sign-out");
  await page.getByRole("link", { name: "Not now" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.goto("/sign-out");
  await page.getByRole("button", { name: "Sign out of this session" }).click();
  await expect(page).toHaveURL("/signed-out");
});

test("a handle that was kept does not count after signing out", async ({ page, request, signIn }) => {
  await signIn(page, "omar");
  const headers = await headersOf(page);
  const before = await request.get("/secrets", { headers, maxRedirects: 0 });
  expect(before.status()).toBe(200);
  expect(await before.text()).toContain(SECRET);
  await signOut(page);

  for (const address of ["/", "/secrets", "/settings"]) {
    const answer = await request.get(address, { headers, maxRedirects: 0 });
    expect(answer.status()).toBe(303);
    expect(answer.headers()["location"]).toBe(`/sign-in?next=${encodeURIComponent(address)}`);
    expect(await answer.text()).toBe("");
  }
});

test("signing out ends one session and not the person's others", async ({ page, browser, signIn }) => {
  const other = await browser.newContext();
  const elsewhere = await other.newPage();
  await signIn(page, "vera");
  await signIn(elsewhere, "vera");
  await signOut(page);

  await elsewhere.goto("/secrets");
  await expect(elsewhere.getByRole("heading", { level: 1, name: "Secrets" })).toBeVisible();
  await page.goto("/secrets");
  await expect(page).toHaveURL("/sign-in?next=%2Fsecrets");
  await other.close();
});

test("who has signed out may sign out in another tab too", async ({ page, context, signIn, javaScriptEnabled }) => {
  await signIn(page, "vera");
  const tab = await context.newPage();
  await tab.goto("/");
  await signOut(page);
  // With JavaScript the other tab has emptied itself by then.
  if (javaScriptEnabled) await expect(tab.getByRole("heading", { level: 1, name: "Your session was ended" })).toBeVisible();
  else await signOut(tab);
});

test.describe("the way back", () => {
  // Playwright turns the browser's cache of whole pages off; people have it on.
  for (const keepsPages of [true, false]) {
    test(`shows nothing after signing out, ${keepsPages ? "with" : "without"} the page cache`, async ({
      javaScriptEnabled,
      server,
      signIn,
    }, testInfo) => {
      const browser = await chromium.launch({
        ...testInfo.project.use.launchOptions,
        ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [],
      });
      const page = await browser.newPage({ javaScriptEnabled, baseURL: server.url });
      await signIn(page, "omar");
      await openSecret(page, SECRET);
      const secret = page.url();
      let value: string | undefined;
      if (javaScriptEnabled) {
        await islandIsAlive(page);
        await page.getByRole("button", { name: "Reveal" }).click();
        await expect(valueOn(page)).toBeVisible();
        value = await valueOn(page).innerText();
      }
      await signOut(page);

      await page.goBack();
      await expect(page).toHaveURL(`/sign-in?next=${encodeURIComponent(new URL(secret).pathname)}`);
      await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
      const content = await page.content();
      expect(content).not.toContain(SECRET);
      expect(content).not.toContain("Omar");
      if (value) expect(content).not.toContain(value);

      await page.goBack();
      await expect(page).toHaveURL(/\/sign-in\?next=/);
      expect(await page.content()).not.toContain(SECRET);
      await browser.close();
    });
  }
});
