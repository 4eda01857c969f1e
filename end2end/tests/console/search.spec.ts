// The search: while one types, by the keyboard alone, and as a page without JavaScript.
import { expect, test } from "../../support/fixtures.ts";
import { consoleIsAlive } from "../../support/browser.ts";
import type { Locator, Page } from "@playwright/test";

test.use({ serverFor: "search" });

const dialog = (page: Page): Locator => page.getByRole("dialog", { name: "Search" });
const options = (page: Page): Locator => dialog(page).getByRole("option");

test("the keyboard alone leads from anywhere to a secret", async ({ page, signIn, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, "the dialog is there with JavaScript alone");
  await signIn(page, "omar");
  await consoleIsAlive(page);
  await page.keyboard.press("Control+k");
  const field = dialog(page).getByRole("combobox", { name: "Search" });
  await expect(field).toBeFocused();
  // Before anything is typed, the pages are offered.
  await expect(options(page).filter({ hasText: "Inbox" })).toHaveCount(1);
  await page.keyboard.type("api bill");
  const found = options(page).filter({ hasText: "billing/api-key" });
  await expect(found).toHaveCount(1);
  await expect(field).toHaveAttribute("aria-activedescendant", /palette-/);
  for (let pressed = 0; (await found.getAttribute("aria-selected")) !== "true"; pressed += 1) {
    expect(pressed, "the arrows reach it").toBeLessThan(10);
    await page.keyboard.press("ArrowDown");
  }
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/secrets\/[0-9a-z]{26}$/);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("billing/api-key");
});

test("nothing in the dialog tells of what one may not know of", async ({ page, signIn, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, "the dialog is there with JavaScript alone");
  await signIn(page, "noor");
  await consoleIsAlive(page);
  await page.getByRole("link", { name: "Search" }).click();
  await dialog(page).getByRole("combobox").fill("billing");
  await expect(dialog(page).getByRole("status")).toHaveText("Nothing matches. Press Enter to search further.");
  await expect(options(page)).toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/search?q=billing");
  await expect(page.getByRole("heading", { name: "Nothing matches “billing”" })).toBeVisible();
});

test("the page of the search finds secrets, folders and people", async ({ page, signIn }) => {
  await signIn(page, "ada");
  await page.goto("/search");
  await page.getByLabel("Pages, folders, secrets, people").fill("billing");
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL("/search?q=billing");
  const rows = page.getByRole("table", { name: "Results" }).getByRole("row");
  await expect(rows.filter({ hasText: "billing/api-key" })).toHaveCount(1);
  await expect(rows.filter({ hasText: "Folder" })).toHaveCount(1);
  await page.getByLabel("Pages, folders, secrets, people").fill("lindqvist");
  await page.getByRole("main").getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "Vera Lindqvist" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Vera Lindqvist");
});
