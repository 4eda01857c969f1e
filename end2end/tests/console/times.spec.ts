// Times on a page that stays open.
import { expect, test } from "../../support/fixtures.ts";
import { islandIsAlive, openSecret } from "../../support/browser.ts";

test.skip(({ javaScriptEnabled }) => !javaScriptEnabled, "without JavaScript a time is as old as its page");
test.use({ serverFor: "times", timezoneId: "Asia/Tokyo" });

test("times on an open page move, and say the local time", async ({ page, signIn }) => {
  await page.clock.install();
  await signIn(page, "omar");
  await openSecret(page, "billing/api-key");
  await islandIsAlive(page);
  const standing = page.getByRole("list", { name: "You" });
  await expect(standing).toContainText("Session ends in 1 h");
  // Only the test moves the clock from here.
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.clock.runFor(5 * 60_000);
  await expect(standing).toContainText(/Confirmed [67] min ago/);
  await expect(standing).toContainText(/Session ends in 5[34] min/);
  await expect(standing.locator("time").first()).toHaveAttribute("title", /UTC \(.* here\)$/);
});
