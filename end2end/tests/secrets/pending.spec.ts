// A pending value: saved beside the present one, promoted, and rolled back.
import { expect, test } from "../../support/fixtures.ts";
import { factOn, openSecret, valueOn } from "../../support/browser.ts";

test.use({ serverFor: "pending" });

test("a pending value is promoted and rolled back", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "billing/api-key");
  const version = Number(await factOn(page, "Version").innerText());
  await page.getByLabel("New value").fill("a value for later");
  await page.getByRole("button", { name: "Save as pending" }).click();
  await expect(page.getByText("A new value is pending since")).toBeVisible();
  await expect(factOn(page, "Version")).toHaveText(String(version));
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).not.toHaveText("a value for later");

  await page.getByRole("link", { name: "Promote or discard it" }).click();
  await expect(page.getByRole("heading", { name: "Pending value" })).toBeVisible();
  await page.getByRole("link", { name: "Compare with the current one" }).click();
  await page.getByRole("button", { name: "Reveal both values" }).click();
  await expect(page.getByText("a value for later")).toBeVisible();
  await page.getByRole("button", { name: `Promote to version ${version + 1}` }).click();
  await expect(page.getByText(`it is version ${version + 1} now, and the current one.`)).toBeVisible();
  await page.getByRole("button", { name: `Roll back to version ${version}` }).click();
  await expect(page.getByText(`Version ${version} is restored; its value is now version ${version + 2}.`)).toBeVisible();
});
