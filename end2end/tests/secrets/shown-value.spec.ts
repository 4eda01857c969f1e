// A value that is shown: how it comes onto the page, and how it leaves it again.
import { expect, test } from "../../support/fixtures.ts";
import { consoleIsAlive, countDocuments, islandIsAlive, openSecret, valueOn } from "../../support/browser.ts";

test.use({ serverFor: "shown-values" });

const DEV = "billing/api-key";

test.describe("with JavaScript", () => {
  test.skip(({ javaScriptEnabled }) => !javaScriptEnabled, "without JavaScript the page comes back instead");

  test("the value appears in the page, and Hide takes it away again", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, DEV);
    await islandIsAlive(page);
    const documents = countDocuments(page);
    await page.getByRole("button", { name: "Reveal" }).click();
    await expect(valueOn(page)).toBeVisible();
    const value = await valueOn(page).innerText();
    await expect(page.getByRole("timer")).toHaveText(/^Hides in \d+ s$/);

    await page.getByRole("button", { name: "Hide" }).click();
    await expect(page.getByRole("button", { name: "Reveal" })).toBeVisible();
    expect(await page.content()).not.toContain(value);
    expect(documents()).toBe(0);
  });

  test("the value is hidden by itself after 30 seconds", async ({ page, signIn }) => {
    await page.clock.install();
    await signIn(page, "omar");
    await openSecret(page, DEV);
    await islandIsAlive(page);
    // Only the test moves the clock: on its own it would go on while a busy machine takes its time.
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.getByRole("button", { name: "Reveal" }).click();
    await expect(page.getByRole("timer")).toHaveText("Hides in 30 s");
    await page.clock.runFor(29_000);
    await expect(valueOn(page)).toBeVisible();
    await page.clock.runFor(1_000);
    await expect(valueOn(page)).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Reveal" })).toBeVisible();
  });

  test("a value that is revealed again is shown for 30 seconds again", async ({ page, signIn }) => {
    await page.clock.install();
    await signIn(page, "omar");
    await openSecret(page, DEV);
    await islandIsAlive(page);
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.getByRole("button", { name: "Reveal" }).click();
    await page.getByRole("button", { name: "Hide" }).click();
    await page.getByRole("button", { name: "Reveal" }).click();
    await expect(page.getByRole("timer")).toHaveText("Hides in 30 s");
    await page.clock.runFor(10_000);
    await expect(page.getByRole("timer")).toHaveText("Hides in 20 s");
  });

  test("after a confirmation in a dialog the value is shown", async ({ page, server, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "billing/deploy-token");
    await islandIsAlive(page);
    const documents = countDocuments(page);
    // `PageError::Refused`, `RefusalKind::Confirm` and no record, as postcard has them: the number of each variant.
    const body = Buffer.from([0, 3, 0]);
    await page.route("**/api/secret/value", (route) => route.fulfill({ status: 401, body }), { times: 2 });
    await page.getByRole("button", { name: "Reveal" }).click();
    const dialog = page.getByRole("dialog", { name: "Confirm it is you" });
    await expect(dialog).toContainText("To reveal this value");
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Reveal" })).toBeFocused();

    await page.getByRole("button", { name: "Reveal" }).click();
    await dialog.getByLabel("Password for omar").fill(server.signIns.get("omar")!.password);
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await expect(valueOn(page)).toBeVisible();
    await expect(dialog).toHaveCount(0);
    expect(documents()).toBe(0);
    await page.reload();
    await expect(page.getByText("Confirmed.")).toHaveCount(0);
  });

  test("a value asked for before a rotation is not shown after it", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "mobile/api-key");
    await islandIsAlive(page);
    await consoleIsAlive(page);
    let letGo = () => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    await page.route("**/api/secret/value", async (route) => {
      const answer = await route.fetch();
      await held;
      await route.fulfill({ response: answer });
    });
    await page.getByRole("button", { name: "Reveal" }).click();
    await page.getByLabel("New value").fill("a newer value");
    await page.getByRole("button", { name: "Rotate" }).click();
    await expect(page.getByRole("status").filter({ hasText: "Value changed; this is version" })).toBeVisible();
    letGo();
    await expect(page.getByRole("alert").filter({ hasText: "The secret has changed." })).toBeVisible();
    await expect(valueOn(page)).toHaveCount(0);
  });

  test("a value that came with the page goes once it is rotated", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "mobile/backup-key");
    await consoleIsAlive(page);
    // As the browser sends it before the island is alive.
    await page.locator("form.reveal").evaluate((form: HTMLFormElement) => {
      form.insertAdjacentHTML("beforeend", '<input type="hidden" name="action" value="reveal">');
      form.submit();
    });
    await expect(valueOn(page)).toBeVisible();
    const value = await valueOn(page).innerText();
    await consoleIsAlive(page);
    await page.getByLabel("New value").fill("a newer value");
    await page.getByRole("button", { name: "Rotate" }).click();
    await expect(page.getByRole("status").filter({ hasText: "Value changed; this is version" })).toBeVisible();
    expect(await page.content()).not.toContain(value);
  });

  test("access that is taken back takes the value off the page", async ({ page, browser, server, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "ledger/backup-key");
    const secret = page.url();
    await page.getByRole("link", { name: "Access", exact: true }).click();
    await page.getByLabel("Sign-in name").fill("vera");
    await page.getByRole("button", { name: "Grant access" }).click();
    await expect(page.getByRole("row", { name: /Vera Lindqvist/ })).toBeVisible();

    const context = await browser.newContext({ baseURL: server.url });
    const theirs = await context.newPage();
    await signIn(theirs, "vera");
    const listens = theirs.waitForResponse((response) => new URL(response.url()).pathname === "/live");
    await theirs.goto(secret);
    expect((await listens).status()).toBe(200);
    await islandIsAlive(theirs);
    await theirs.getByRole("button", { name: "Reveal" }).click();
    await expect(valueOn(theirs)).toBeVisible();
    const value = await valueOn(theirs).innerText();
    await page.getByRole("button", { name: "Remove access of vera" }).click();
    await expect(theirs.getByRole("heading", { level: 1, name: "Not found" })).toBeVisible();
    expect(await theirs.content()).not.toContain(value);
    await context.close();
  });

  test("Copy puts the value on the clipboard", async ({ page, context, server, signIn }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
    await signIn(page, "omar");
    await openSecret(page, DEV);
    await islandIsAlive(page);
    await page.getByRole("button", { name: "Reveal" }).click();
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await expect(page.getByText("Copied.")).toBeVisible();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(await valueOn(page).textContent());
  });
});

test.describe("without JavaScript", () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled, "with JavaScript the value appears in place");

  test("the page comes back with the value, and a link hides it", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, DEV);
    const address = page.url();
    await page.getByRole("button", { name: "Reveal" }).click();
    await expect(valueOn(page)).toBeVisible();
    await expect(page.getByRole("button", { name: "Copy", exact: true })).toHaveCount(0);
    const value = await valueOn(page).innerText();

    await page.getByRole("link", { name: "Hide" }).click();
    await expect(page).toHaveURL(address);
    await expect(page.getByRole("button", { name: "Reveal" })).toBeVisible();
    expect(await page.content()).not.toContain(value);
  });
});
