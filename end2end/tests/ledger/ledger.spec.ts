// The ledger as auditors read it: searched, kept, followed, drawn.
import { expect, test } from "../../support/fixtures.ts";
import { consoleIsAlive, isMeasured, reloadUntil } from "../../support/browser.ts";

test.use({ serverFor: "ledger" });

test("a search is saved under a name, opened again, and removed", async ({ page, signIn }) => {
  await signIn(page, "quinn");
  await page.getByRole("link", { name: "Ledger" }).click();
  await page.getByLabel("Contains").fill("quinn password");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByRole("row", { name: /session\.start.*quinn/ }).first()).toBeVisible();
  await page.getByLabel("Save search as").fill("Quinn’s sign-ins");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Search saved.")).toBeVisible();
  await page.goto("/access/ledger");
  await page.getByRole("link", { name: "Quinn’s sign-ins" }).click();
  await expect(page).toHaveURL("/access/ledger?text=quinn+password");
  await page.getByRole("button", { name: "Remove the saved search “Quinn’s sign-ins”" }).click();
  await expect(page.getByRole("link", { name: "Quinn’s sign-ins" })).toHaveCount(0);
});

test("decisions are charted over time, with links to the records", async ({ page, signIn }) => {
  await signIn(page, "quinn");
  await page.goto("/access/ledger/charts");
  await reloadUntil(page, page.getByRole("img", { name: /[1-9]\d* allowed and \d+ refused/ }));
  await page.getByRole("link", { name: "7 days" }).click();
  await expect(page).toHaveURL("/access/ledger/charts?over=week");
  const bar = page.getByRole("link", { name: /: [1-9]\d* allowed, \d+ refused$/ }).last();
  const value = bar.locator("span");
  await expect(value).toBeHidden();
  await bar.hover();
  await expect(value).toBeVisible();
  await page.getByRole("heading", { level: 1 }).hover();
  await page.keyboard.press("Tab");
  await bar.focus();
  await expect(value).toBeVisible();
  await page.getByRole("region", { name: "The numbers behind the bars" }).getByRole("link").first().click();
  await expect(page).toHaveURL(/\/access\/ledger\?from=.*&until=/);
  await expect(page.getByRole("heading", { level: 1, name: "Ledger" })).toBeVisible();
});

test("the row of a session leads to its records", async ({ page, signIn }) => {
  await signIn(page, "quinn");
  await page.goto("/access/sessions?matching=quinn");
  await page.getByRole("link", { name: /^Records of the session/ }).first().click();
  await expect(page.getByRole("row", { name: /session\.list/ }).first()).toBeVisible();
  await page.getByRole("link", { name: "Only records of quinn" }).first().click();
  await expect(page.getByLabel("Who", { exact: true })).toHaveValue("quinn");
});

// Until its session ends.
test("new decisions come into a ledger that is followed", async ({
  page,
  browser,
  server,
  signIn,
  javaScriptEnabled,
}) => {
  test.skip(javaScriptEnabled === false, "to follow takes JavaScript");
  const context = await browser.newContext({ baseURL: server.url });
  const theirs = await context.newPage();
  await signIn(theirs, "omar");
  await signIn(page, "quinn");
  await page.goto("/access/ledger?who=omar&action=settings.read", { waitUntil: "domcontentloaded" });
  await page.getByRole("link", { name: "Follow" }).click();
  await expect(page.getByText("Following.")).toBeVisible();
  await consoleIsAlive(page);
  await expect(page.getByRole("row", { name: /settings\.read/ })).toHaveCount(0);
  await theirs.goto("/settings");
  await expect(page.getByRole("row", { name: /settings\.read.*omar/ })).toHaveCount(1);

  const again = await browser.newContext({ baseURL: server.url });
  const same = await again.newPage();
  await signIn(same, "quinn");
  await same.goto("/sessions");
  await same.getByRole("button", { name: "End all others" }).click();
  await expect(page).toHaveURL(/\/signed-out\?why=revoked/);
  await theirs.goto("/settings");
  await expect(page.getByRole("row")).toHaveCount(0);
  await context.close();
  await isMeasured(same);
  await again.close();
});
