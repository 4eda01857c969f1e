// Several secrets at once, and copies.
import { expect, test } from "../../support/fixtures.ts";
import { openSecret } from "../../support/browser.ts";

test.use({ serverFor: "secrets" });

test("selected secrets get a tag together", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets?environment=dev");
  await page.getByRole("checkbox", { name: "Select billing/api-key" }).check();
  await page.getByRole("checkbox", { name: "Select billing/signing-key" }).check();
  await page.getByRole("button", { name: "Add tags…" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Add tags");
  await expect(page.getByRole("heading", { name: "2 secrets" })).toBeVisible();
  await page.getByRole("textbox", { name: "Tags" }).fill("together");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("cell", { name: /Has these tags then: .*together/ })).toHaveCount(2);
  await page.reload();
  await page.getByRole("button", { name: "Add the tags to 2 secrets" }).click();
  await expect(page.getByText("Added the tags to 2 secrets.")).toBeVisible();
  await page.goto("/secrets?tag=together");
  await expect(page.getByRole("table").getByRole("rowheader")).toHaveCount(2);
});

test("a secret that cannot be changed is named and left out", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets?environment=production");
  await page.getByRole("checkbox", { name: /^Select / }).first().check();
  await page.getByRole("button", { name: "Archive…" }).click();
  await expect(page.getByText("Not possible: You do not have permission to do this to it.")).toBeVisible();
  await expect(page.getByText("1 secret cannot be changed, so nothing can be done.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Archive 1 secret" })).toHaveCount(0);
});

test("a copy gets another name and is opened", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "billing/api-key");
  await page.getByRole("link", { name: "Make a copy…" }).click();
  await page.getByLabel("Environment").selectOption("staging");
  await page.getByLabel("Name of the copy").fill("copied/api-key");
  await page.getByRole("button", { name: "Copy the secret" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("copied/api-key");
  await expect(page.getByText("Copied to copied/api-key in staging.")).toBeVisible();
});
