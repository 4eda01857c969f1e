// What the tests know of the browser and of the pages' parts.
import { expect, type Locator, type Page, type Request } from "@playwright/test";

export const HANDLE = "__Host-doorward";

/** The session's handle as a request carries it: Playwright's own requests leave out secure cookies on 127.0.0.1. */
export async function handleOf(page: Page): Promise<string> {
  const cookies = await page.context().cookies();
  const handle = cookies.find((cookie) => cookie.name === HANDLE);
  if (!handle) throw new Error("The browser has no handle.");
  return `${HANDLE}=${handle.value}`;
}

/** What a request carries that is to pass for this page's browser. */
export async function headersOf(page: Page): Promise<Record<string, string>> {
  return { cookie: await handleOf(page), "user-agent": await page.evaluate(() => navigator.userAgent) };
}

/** Goes to a secret as a person does: through the list. */
export async function openSecret(page: Page, name: string): Promise<void> {
  await page.goto(`/secrets?name=${encodeURIComponent(name)}`);
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
}

/** A secret's value, where it is shown. */
export function valueOn(page: Page): Locator {
  return page.getByRole("status", { name: "Value", exact: true });
}

/** What stands beside a term, such as "Version". */
export function factOn(page: Page, term: string): Locator {
  const named = page.getByRole("term").filter({ hasText: new RegExp(`^${term}$`) });
  return named.locator("xpath=following-sibling::dd[1]");
}

/** Waits until the island behind the Reveal button listens, so that a click stays in the page. */
export async function islandIsAlive(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const button = "[...document.querySelectorAll('button')].find((button) => button.value === 'reveal')?.form";
  await expect
    .poll(async () => {
      const { result } = await devtools.send("Runtime.evaluate", { expression: button });
      if (!result.objectId) return [];
      const { listeners } = await devtools.send("DOMDebugger.getEventListeners", { objectId: result.objectId });
      return listeners.map((listener) => listener.type);
    })
    .toContain("submit");
  // The session ends with the page: if one is detached before, Chromium takes every virtual authenticator of the page away.
}

/** Waits until the islands of the console's frame listen: marked forms are sent without leaving the page, and keys open the search. */
export async function consoleIsAlive(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await expect
    .poll(async () => {
      const { result } = await devtools.send("Runtime.evaluate", { expression: "document" });
      if (!result.objectId) return [];
      const { listeners } = await devtools.send("DOMDebugger.getEventListeners", { objectId: result.objectId });
      return listeners.map((listener) => listener.type);
    })
    .toEqual(expect.arrayContaining(["submit", "keydown"]));
  // The session ends with the page: if one is detached before, Chromium takes every virtual authenticator of the page away.
}

/** Whether a document is asked for, by the browser or by an island on its behalf. */
export function isForDocument(request: Request): boolean {
  return request.isNavigationRequest() || request.headers()["doorward-island"] !== undefined;
}

/** Counts the documents that a page asks for from now on. */
export function countDocuments(page: Page): () => number {
  let count = 0;
  page.on("request", (request) => {
    if (request.isNavigationRequest()) count += 1;
  });
  return () => count;
}

/** Waits until the stopwatch's page has stopped to load itself again: before that, Chromium may neither close nor leave it. */
export async function isMeasured(page: Page): Promise<void> {
  if (!page.url().includes("/access/revocations/")) return;
  // All of the page is there, and measures nothing any more.
  const done = "body:has(footer) section:has(#stopwatch-heading):has(dl):not(:has([role=status]))";
  await expect(page.locator(done)).toBeVisible();
}

/** Loads the page again until it says this. */
export async function reloadUntil(page: Page, said: Locator): Promise<void> {
  await expect
    .poll(async () => {
      await page.reload();
      return said.first().isVisible();
    })
    .toBe(true);
}

/** What a page's address leads to when it asks for a confirmation first, as five minutes after a sign-in. */
export function confirmationFor(page: Page, action: string): string {
  const { pathname, search } = new URL(page.url());
  return `/confirm?next=${encodeURIComponent(pathname + search)}&for=${action}`;
}
