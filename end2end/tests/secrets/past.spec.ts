// A folder at a point in time: a changed value is previewed without being shown, and restored.
import { expect, test } from "../../support/fixtures.ts";
import { factOn, openSecret, valueOn } from "../../support/browser.ts";

test.use({ serverFor: "past" });

test("a folder is restored as it was", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "billing/api-key");
  const secret = page.url();
  const version = Number(await factOn(page, "Version").innerText());
  const before = new Date().toISOString();
  await page.getByLabel("New value").fill("a value by mistake");
  await page.getByRole("button", { name: "Rotate" }).click();
  await expect(factOn(page, "Version")).toHaveText(String(version + 1));

  await page.goto("/secrets?environment=dev&folder=billing");
  await page.getByRole("link", { name: "Point in time…" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Point in time" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Folder" })).toHaveValue("billing");
  await page.getByLabel("At (UTC)").fill(before);
  await page.getByRole("button", { name: "Show" }).click();
  const table = page.getByRole("table", { name: "Secrets then and now" });
  const row = table.getByRole("row").filter({ hasText: "billing/api-key" });
  await expect(row).toContainText(`Gets the value of version ${version}, as version ${version + 2}.`);
  await expect(page.getByText("a value by mistake")).toHaveCount(0);

  await page.getByLabel("Reason, optional").fill("a bad release");
  await page.getByRole("button", { name: "Restore 1 secret" }).click();
  await expect(page.getByText("Nothing here would change.")).toBeVisible();
  await page.goto(secret);
  await expect(factOn(page, "Version")).toHaveText(String(version + 2));
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).not.toHaveText("a value by mistake");
});

test("a time that cannot be read stays in its field", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets/past?environment=dev&folder=billing&at=yesterday");
  await expect(page.getByText("Enter a day or a time, for example 2026-11-24 or 2026-11-24T09:30.")).toBeVisible();
  await expect(page.getByLabel("At (UTC)")).toHaveValue("yesterday");
});
