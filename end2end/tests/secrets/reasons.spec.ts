// Reasons for showing a value, and how a value is hidden again or never shown.
import { expect, test } from "../../support/fixtures.ts";
import { islandIsAlive, openSecret, valueOn } from "../../support/browser.ts";

test.use({ serverFor: "reasons" });

const DEV = "billing/api-key";
const WHY = "To restart billing, ticket 4711";

test("a value is revealed with the reason that is asked for", async ({ page, signIn, browser, javaScriptEnabled }) => {
  const context = await browser.newContext({ javaScriptEnabled: javaScriptEnabled ?? true });
  const administrator = await context.newPage();
  await signIn(administrator, "ada");
  await administrator.goto("/access/environments/staging");
  const rule = administrator.getByLabel(/^Stated reason/);
  if (!(await rule.isChecked())) {
    await rule.check();
    await administrator.getByRole("button", { name: "Save" }).click();
    await expect(administrator.getByText("The rules apply from the next request on.")).toBeVisible();
  }
  await context.close();

  await signIn(page, "omar");
  await page.goto("/secrets?environment=staging");
  await page.getByRole("rowheader").getByRole("link").first().click();
  await page.getByLabel("Reason", { exact: true }).first().fill(WHY);
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toBeVisible();
});

test.describe("with JavaScript", () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false);

  test("a value is hidden when its tab is left", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, DEV);
    await islandIsAlive(page);
    await page.getByRole("button", { name: "Reveal" }).click();
    await expect(valueOn(page)).toBeVisible();
    await page.evaluate(() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    });
    await expect(valueOn(page)).toHaveCount(0);
  });

  test("a value is copied and never shown", async ({ page, context, server, signIn }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
    await signIn(page, "omar");
    await openSecret(page, DEV);
    await islandIsAlive(page);
    await page.getByRole("button", { name: "Copy without showing" }).click();
    await expect(page.getByText("Copied.")).toBeVisible();
    await expect(valueOn(page)).toHaveCount(0);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^\w{4}-\w{4}-\w{4}-\w{4}$/);
  });
});

test.describe("without JavaScript", () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled !== false);

  test("a page that shows a value says how long, and leaves", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, DEV);
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Reveal" }).click();
    expect((await answer).headers().refresh).toMatch(/^30; url=\/secrets\//);
    await expect(page.getByText("Hides in 30 s")).toBeVisible();
  });
});
