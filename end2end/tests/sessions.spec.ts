// Sessions that a person sees and ends, and tabs that empty themselves.
import type { Browser, BrowserContext, Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { confirmationFor, consoleIsAlive, isMeasured, islandIsAlive, openSecret, valueOn } from "../support/browser.ts";

test.use({ serverFor: "sessions" });

const SECRET = "billing/api-key";

/** Another browser of the same person. */
async function elsewhere(browser: Browser, url: string, javaScriptEnabled: boolean): Promise<[BrowserContext, Page]> {
  const context = await browser.newContext({ baseURL: url, javaScriptEnabled });
  return [context, await context.newPage()];
}

/** Waits until the page listens for the end of its session. */
async function listens(page: Page): Promise<void> {
  const address = page.url();
  // A stream of the page before may still be answered, and would be taken for this page's.
  await page.goto("about:blank");
  const opened = page.waitForResponse((response) => new URL(response.url()).pathname === "/live");
  await page.goto(address);
  expect((await opened).status()).toBe(200);
  await consoleIsAlive(page);
}

// They read how fast that held.
test("a person sees their sessions and ends one of them", async ({
  page,
  browser,
  server,
  signIn,
  javaScriptEnabled,
}) => {
  const [context, other] = await elsewhere(browser, server.url, javaScriptEnabled ?? true);
  await signIn(page, "vera");
  await signIn(other, "vera");
  await page.getByRole("link", { name: "Your sessions" }).click();
  await expect(page.getByText("This session", { exact: true })).toHaveCount(1);
  await page.getByRole("button", { name: "End all others" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /[Ss]essions? ended/ })).toBeVisible();
  await expect(page.getByText("Last request accepted")).toBeVisible();
  await other.goto("/secrets");
  await expect(other).toHaveURL("/sign-in?next=%2Fsecrets");
  await context.close();
});

// The person's name is typed to confirm.
test("an administrator ends somebody's sessions after a preview", async ({ page, browser, server, signIn, javaScriptEnabled }) => {
  const [context, theirs] = await elsewhere(browser, server.url, javaScriptEnabled ?? true);
  await signIn(theirs, "omar");
  await signIn(page, "ada");
  await page.getByRole("link", { name: "Sessions", exact: true }).click();
  await expect(page.getByRole("row", { name: /Omar Haddad/ }).first()).toBeVisible();
  await page.getByRole("link", { name: "End several…" }).click();
  await page.getByLabel("End sessions of").selectOption("identity");
  await page.getByLabel("Which", { exact: true }).fill("omar");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("heading", { name: /This ends \d+ sessions? of 1 identity/ })).toBeVisible();
  const typed = page.getByLabel(/Type “omar”/);
  await typed.fill("petra");
  await page.getByRole("button", { name: "End these sessions" }).click();
  await expect(page.getByText("Type “omar” to confirm.")).toBeVisible();
  await typed.fill("omar");
  await page.getByRole("button", { name: "End these sessions" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /[Ss]essions? ended/ })).toBeVisible();
  await theirs.goto("/secrets");
  await expect(theirs).toHaveURL("/sign-in?next=%2Fsecrets");
  await context.close();
});

test("the stopwatch fills itself in and leads back", async ({ page, browser, server, signIn, javaScriptEnabled }) => {
  const [context, theirs] = await elsewhere(browser, server.url, javaScriptEnabled ?? true);
  await signIn(theirs, "vera");
  await signIn(page, "ada");
  await page.goto("/access/sessions/end?by=identity&what=vera");
  await page.getByLabel(/Type “vera”/).fill("vera");
  await page.getByRole("button", { name: "End these sessions" }).click();
  await expect(page.getByText(/ms after it was requested/)).toBeVisible();
  await expect(page.getByText("Still measuring")).toHaveCount(0);
  await page.getByRole("link", { name: "Everybody’s sessions" }).click();
  await expect(page).toHaveURL("/access/sessions");
  await context.close();
});

test("sessions are ended as typed after a confirmation in a dialog", async ({ page, browser, server, signIn, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, "without JavaScript it is a page");
  const [context, theirs] = await elsewhere(browser, server.url, true);
  await signIn(theirs, "petra");
  await signIn(page, "ada");
  await page.goto("/access/sessions/end?by=identity&what=petra");
  await consoleIsAlive(page);
  const onward = confirmationFor(page, "session.revoke");
  const isPost = (url: URL) => url.pathname === "/access/sessions/end";
  await page.route(isPost, (route) => route.fulfill({ status: 401, json: { sentence: "", onward, failure: "" } }), { times: 1 });
  await page.getByLabel(/Type “petra”/).fill("petra");
  await page.getByRole("button", { name: "End these sessions" }).click();
  const dialog = page.getByRole("dialog", { name: "Confirm it is you" });
  await expect(dialog).toContainText("To end these sessions");
  await dialog.getByLabel("Password for ada").fill(server.signIns.get("ada")!.password);
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await expect(page).toHaveURL(/\/access\/revocations\//);
  await expect(page.getByText("Confirmed.")).toHaveCount(0);
  await theirs.goto("/secrets");
  await expect(theirs).toHaveURL("/sign-in?next=%2Fsecrets");
  await context.close();
});

test.describe("open tabs", () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, "Without JavaScript the next request says it.");

  test("a page whose session is ended elsewhere empties by itself", async ({
    page,
    browser,
    server,
    signIn,
  }) => {
    const [context, other] = await elsewhere(browser, server.url, true);
    await signIn(page, "omar");
    await signIn(other, "omar");
    await openSecret(other, SECRET);
    await listens(other);
    await islandIsAlive(other);
    await other.getByRole("button", { name: "Reveal" }).click();
    await expect(valueOn(other)).toBeVisible();
    const value = await valueOn(other).innerText();

    await page.goto("/sessions");
    await page.getByRole("button", { name: "End all others" }).click();
    // How fast that is, `make bench-tabs` states.
    await expect(valueOn(other)).toHaveCount(0);
    await expect(other.getByRole("heading", { level: 1, name: "Your session was ended" })).toBeVisible();
    const content = await other.content();
    for (const text of [value, SECRET, "Omar"]) expect(content).not.toContain(text);

    // The stopwatch has seen it. Its page loads itself again until then.
    await expect(page.getByText(/Tabs empty \([1-9]\d*\)/)).toBeVisible();
    // Those of the pages that were left a moment ago may still be among them.
    await expect(page.getByText(/Streams closed \([1-9]\d*\)/)).toBeVisible();

    await other.getByRole("link", { name: "Sign in again" }).click();
    await expect(other).toHaveURL(/\/sign-in\?next=%2Fsecrets%2F/);
    await other.goBack();
    expect(await other.content()).not.toContain(SECRET);
    await context.close();
  });

  test("every tab of the browser follows the one that listens", async ({ page, context, signIn }) => {
    await signIn(page, "vera");
    await page.goto("/secrets");
    await listens(page);
    const streams: string[] = [];
    context.on("request", (request) => {
      if (new URL(request.url()).pathname === "/live") streams.push(request.url());
    });
    const tabs = [await context.newPage(), await context.newPage(), await context.newPage()];
    for (const tab of tabs) {
      await tab.goto("/secrets");
      await consoleIsAlive(tab);
    }
    expect(streams).toEqual([]);
    const last = tabs[2]!;
    await last.goto("/sessions");
    await consoleIsAlive(last);
    await last.getByRole("button", { name: "End all, and sign out" }).click();
    await expect(last).toHaveURL("/signed-out");
    for (const tab of [page, ...tabs.slice(0, 2)]) {
      await expect(tab.getByRole("heading", { level: 1, name: "Your session was ended" })).toBeVisible();
    }
  });

  // The stream is refused before that, and says a second time that the session has ended.
  test("whoever signs out everywhere is told so, however late", async ({ page, signIn }) => {
    await signIn(page, "vera");
    await page.goto("/sessions");
    await listens(page);
    await page.route("**/sessions", async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      const refused = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/live" && answer.status() === 401);
      const answer = await route.fetch({ maxRedirects: 0 });
      await refused;
      await route.fulfill({ response: answer });
    });
    await page.getByRole("button", { name: "End all, and sign out" }).click();
    await expect(page).toHaveURL("/signed-out");
    await expect(page.getByRole("heading", { level: 1, name: "You have signed out" })).toBeVisible();
  });

  test("another tab takes over where the one that listens is closed", async ({ page, context, browser, server, signIn }) => {
    await signIn(page, "vera");
    await listens(page);
    const tab = await context.newPage();
    await tab.goto("/secrets");
    await consoleIsAlive(tab);
    const takenOver = tab.waitForResponse((response) => new URL(response.url()).pathname === "/live");
    await page.close();
    expect((await takenOver).status()).toBe(200);

    const [other, elsewherePage] = await elsewhere(browser, server.url, true);
    await signIn(elsewherePage, "vera");
    await elsewherePage.goto("/sessions");
    await elsewherePage.getByRole("button", { name: "End all others" }).click();
    await expect(tab.getByRole("heading", { level: 1, name: "Your session was ended" })).toBeVisible();
    await isMeasured(elsewherePage);
    await other.close();
  });
});
