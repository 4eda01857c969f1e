// Environments: one is added, moved and given rules, with and without JavaScript.
import { expect, test } from "../../support/fixtures.ts";

test.use({ serverFor: "environments" });

test("an environment is added, moved up and given a rule", async ({ page, signIn }) => {
  await signIn(page, "ada");
  await page.goto("/access/environments");
  await page.getByLabel("Name", { exact: true }).fill("dr-site");
  await page.getByLabel("What it is for (optional)").fill("For the day when the other one is gone.");
  await page.getByLabel(/^Stated reason/).check();
  await page.getByRole("button", { name: "Add the environment" }).click();
  await expect(page.getByText("The environment dr-site was added.")).toBeVisible();
  await expect(page.getByRole("row", { name: /dr-site.*Stated reason/ })).toBeVisible();

  await page.getByRole("button", { name: "Move dr-site up" }).click();
  await expect(page.getByText("dr-site was moved.")).toBeVisible();
  await expect(page.getByRole("row").nth(3)).toContainText("dr-site");

  await page.getByRole("link", { name: "dr-site" }).click();
  await page.getByLabel(/^No machines/).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The rules apply from the next request on.")).toBeVisible();
  await page.getByRole("button", { name: "Remove the environment" }).click();
  await expect(page.getByText("The environment was removed.")).toBeVisible();
  await expect(page.getByRole("row", { name: /dr-site/ })).toHaveCount(0);
});
