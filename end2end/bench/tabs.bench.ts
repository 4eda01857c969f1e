// How soon an open page is empty after its session was ended elsewhere, in a real browser, as Doorward's own stopwatch
// measures it: from the moment at which the end was saved to the moment at which the tab reports that it is empty.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";

// An address may sign in 30 times in a row.
const ROUNDS = Math.min(Number(process.env.ROUNDS ?? 20), 29);

/** Ends the other sessions, and reads the stopwatch once the tab has reported, in milliseconds. */
async function endOthers(page: Page): Promise<number> {
  await page.goto("/sessions");
  await page.getByRole("button", { name: "End all others" }).click();
  await expect(page).toHaveURL(/\/access\/revocations\//);
  const tabs = page.getByText(/^Tabs empty \([1-9]/);
  // The page loads itself again until all tabs have reported.
  await expect(tabs).toBeVisible();
  const said = await tabs.locator("xpath=following-sibling::dd[1]").innerText();
  const [, count, unit] = /^([\d.]+) (ms|s) after$/.exec(said) ?? [];
  return Number(count) * (unit === "s" ? 1000 : 1);
}

test("an open page is empty", async ({ page, browser, server, signIn }) => {
  test.setTimeout(ROUNDS * 60_000);
  await signIn(page, "omar");
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext({ baseURL: server.url });
    const theirs = await context.newPage();
    await signIn(theirs, "omar");
    const listens = theirs.waitForResponse((response) => new URL(response.url()).pathname === "/live");
    await theirs.goto("/secrets");
    await listens;
    took.push(await endOthers(page));
    await context.close();
  }
  took.sort((a, b) => a - b);
  const median = took[took.length >> 1];
  console.log(`\nAn open page is empty ${median} ms after its session has ended (median of ${ROUNDS}; the longest ${took.at(-1)} ms).`);
});
