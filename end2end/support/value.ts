// What tests do with a secret's value.
import { expect, type Page } from "@playwright/test";
import { islandIsAlive, openSecret, valueOn } from "./browser.ts";

/** A secret whose value is shown; with JavaScript it appears in place. */
export async function openRevealed(page: Page, javaScriptEnabled: boolean): Promise<void> {
  await openSecret(page, "billing/api-key");
  if (javaScriptEnabled) await islandIsAlive(page);
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toBeVisible();
}

/** Fills in a new value, also one that the browser itself would not send. */
export async function rotateTo(page: Page, value: string): Promise<void> {
  const field = page.getByLabel("New value");
  await field.evaluate((element) => element.removeAttribute("required"));
  await field.fill(value);
}
