// The list of secrets: what is in it, and how one finds something there.
import { expect, test } from "../../support/fixtures.ts";
import { openSecret } from "../../support/browser.ts";
import type { Locator, Page } from "@playwright/test";

test.use({ serverFor: "secrets" });

const RECORD = /^Record [0-9a-hjkmnp-tv-z]{26}$/;

const names = (page: Page): Locator => page.getByRole("table").getByRole("rowheader");
const column = (page: Page, place: number): Locator => page.getByRole("table").getByRole("row").locator(`td:nth-child(${place})`);
const head = (page: Page, name: string): Locator => page.getByRole("columnheader", { name });
const range = (page: Page): Locator => page.getByRole("navigation", { name: "Pages of secrets" }).getByRole("paragraph");

test("a page of the list has 50 secrets and leads on and back", async ({ page, signIn }) => {
  await signIn(page, "petra");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Secrets" }).click();
  await expect(page).toHaveURL("/secrets");
  await expect(names(page)).toHaveCount(50);
  await expect(range(page)).toHaveText("1–50 of 200");
  await expect(page.getByRole("link", { name: "Previous" })).toBeDisabled();
  const first = await names(page).allInnerTexts();
  expect(first).toEqual(first.toSorted());

  await page.getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL("/secrets?page=2");
  await expect(range(page)).toHaveText("51–100 of 200");
  await expect(names(page)).toHaveCount(50);
  const second = await names(page).allInnerTexts();
  expect(second.filter((name) => first.includes(name))).toEqual([]);

  await page.reload();
  expect(await names(page).allInnerTexts()).toEqual(second);
  await page.goBack();
  await expect(range(page)).toHaveText("1–50 of 200");

  await page.goto("/secrets?page=4");
  await expect(range(page)).toHaveText("151–200 of 200");
  await expect(page.getByRole("link", { name: "Next" })).toBeDisabled();
});

// It is in the address.
test("a filter narrows the list and survives reload and back", async ({ page, signIn }) => {
  await signIn(page, "petra");
  await page.goto("/secrets");
  await page.getByLabel("Filter by name").fill("KEY");
  await page.getByLabel("Environment").selectOption("staging");
  await page.getByLabel("Your access").selectOption("You may only see it");
  await page.getByRole("button", { name: "Apply" }).click();
  await head(page, "Updated").getByRole("link").click();

  async function isFiltered(): Promise<void> {
    await expect(page).toHaveURL("/secrets?name=KEY&environment=staging&access=see&sort=-updated");
    await expect(page.getByLabel("Filter by name")).toHaveValue("KEY");
    await expect(page.getByLabel("Environment")).toHaveValue("staging");
    await expect(head(page, "Updated")).toHaveAttribute("aria-sort", "descending");
    await expect(page.getByLabel("Your access")).toHaveValue("see");
    const shown = await names(page).allInnerTexts();
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((name) => !name.includes("key"))).toEqual([]);
    expect(new Set(await column(page, 2).allInnerTexts())).toEqual(new Set(["staging"]));
  }
  await isFiltered();
  await page.reload();
  await isFiltered();
  await page.getByRole("rowheader").getByRole("link").first().click();
  await expect(page.getByRole("heading", { name: "Value" })).toBeVisible();
  await page.goBack();
  await isFiltered();
});

test("the pages of a filtered list keep the filter", async ({ page, signIn }) => {
  await signIn(page, "petra");
  await page.goto("/secrets?environment=dev&sort=-updated");
  await expect(range(page)).toHaveText("1–50 of 67");
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page).toHaveURL("/secrets?environment=dev&sort=-updated&page=2");
  await expect(range(page)).toHaveText("51–67 of 67");
  await expect(names(page)).toHaveCount(17);
});

test("the list by last update begins with what was changed last", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "storage/encryption-key");
  await page.getByLabel("New value").fill("changed just now");
  await page.getByRole("button", { name: "Rotate" }).click();
  await expect(page.getByText("Value changed; this is version")).toBeVisible();

  await page.goto("/secrets");
  await expect(names(page).first()).toHaveText("billing/api-key");
  await head(page, "Updated").getByRole("link").click();
  await expect(names(page).first()).toHaveText("storage/encryption-key");
  const updated = page.getByRole("table").getByRole("time");
  const moments = await updated.evaluateAll((times) => times.map((time) => time.getAttribute("datetime") ?? ""));
  expect(moments).toHaveLength(50);
  expect(moments).toEqual(moments.toSorted().toReversed());
});

test("a protected environment is marked, and another one is not", async ({ page, signIn }) => {
  await signIn(page, "petra");
  await page.goto("/secrets?environment=production");
  const marked = column(page, 2).filter({ hasText: "Protected" });
  await expect(marked).toHaveCount(await names(page).count());
  await page.getByLabel("Environment").selectOption("staging");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(column(page, 2).filter({ hasText: "staging" })).not.toHaveCount(0);
  await expect(marked).toHaveCount(0);
});

test("a list is narrowed by owner and by what one may do", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets");
  await page.getByLabel("Owner").fill("Omar Haddad");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(range(page)).toHaveText(/ of \d+$/);
  const owned = await range(page).innerText();
  await page.goto("/secrets?access=own");
  await expect(range(page)).toHaveText(owned);
  await page.getByLabel("Your access").selectOption("You may rotate it");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/access=rotate/);
  await page.getByRole("rowheader").getByRole("link").first().click();
  await expect(page.getByRole("button", { name: "Rotate", exact: true })).toBeVisible();
});

// The head of its column is a link.
test("a list is sorted by the head of a column, up and down", async ({ page, signIn }) => {
  await signIn(page, "petra");
  await page.goto("/secrets?environment=dev");
  await expect(head(page, "Name")).toHaveAttribute("aria-sort", "ascending");
  const first = await names(page).first().innerText();
  await head(page, "Name").getByRole("link").click();
  await expect(page).toHaveURL("/secrets?environment=dev&sort=-name");
  await expect(head(page, "Name")).toHaveAttribute("aria-sort", "descending");
  const backwards = await names(page).allInnerTexts();
  expect(backwards).toEqual(backwards.toSorted().toReversed());
  expect(backwards).not.toContain(first);
  await head(page, "Updated").getByRole("link").click();
  await expect(page).toHaveURL("/secrets?environment=dev&sort=-updated");
  await expect(head(page, "Name")).not.toHaveAttribute("aria-sort", /.*/);
});

test("a list without a match leads back to the whole list", async ({ page, signIn }) => {
  await signIn(page, "petra");
  await page.goto("/secrets");
  await page.getByLabel("Filter by name").fill("<b>100%_no");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page.getByRole("heading", { name: "No secret matches “<b>100%_no”" })).toBeVisible();
  await expect(page.getByRole("table")).toHaveCount(0);
  await expect(page.getByLabel("Filter by name")).toHaveValue("<b>100%_no");

  await page.getByRole("link", { name: "Clear the filter" }).click();
  await expect(page).toHaveURL("/secrets");
  await expect(range(page)).toHaveText("1–50 of 200");
});

// The overview counts the same.
test("a viewer sees the secrets that are granted to them", async ({ page, signIn }) => {
  await signIn(page, "vera");
  const reach = page.getByRole("table", { name: "Your access, by environment" });
  const counted: Record<string, number> = {};
  for (const row of await reach.getByRole("row").filter({ has: page.getByRole("rowheader") }).all()) {
    const environment = await row.getByRole("rowheader").getByRole("link").innerText();
    counted[environment] = Number(await row.getByRole("cell").first().innerText());
  }
  expect(Object.keys(counted).toSorted()).toEqual(["dev", "production", "staging"]);

  await page.goto("/secrets");
  const total = Object.values(counted).reduce((sum, count) => sum + count, 0);
  expect(total).toBe(42);
  await expect(names(page)).toHaveCount(total);
  expect(new Set(await column(page, 6).allInnerTexts())).toEqual(new Set(["granted"]));
  for (const [environment, count] of Object.entries(counted)) {
    await page.goto("/");
    await reach.getByRole("link", { name: environment }).click();
    await expect(page).toHaveURL(`/secrets?environment=${environment}`);
    await expect(names(page)).toHaveCount(count);
  }
});

test("without a role there is no way to the secrets", async ({ page, signIn }) => {
  await signIn(page, "noor");
  const rooms = page.getByRole("navigation", { name: "Main" }).getByRole("link");
  await expect(rooms).toHaveText(["Overview", "Deliveries", "Machines", "Your sessions", "Inbox", "Settings"]);
  await expect(page.getByText("You have no role yet.")).toBeVisible();

  const answer = await page.goto("/secrets");
  expect(answer?.status()).toBe(403);
  await expect(page.getByRole("heading", { level: 1, name: "You do not have access" })).toBeVisible();
  await expect(page.getByText(RECORD)).toBeVisible();
  await page.getByRole("link", { name: "Back to the overview" }).click();
  await expect(page).toHaveURL("/");
});
