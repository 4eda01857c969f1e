// Rotation: a period is set on a secret's page, and the list says what is due.
import { expect, test } from "../../support/fixtures.ts";
import { factOn, openSecret, valueOn } from "../../support/browser.ts";

test.use({ serverFor: "rotation" });

test("a secret with a period is in the list of rotations", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "search/api-key");
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel(/^Days until/).fill("30");
  await page.getByRole("button", { name: "Set the period" }).click();
  await expect(factOn(page, "Rotation")).toHaveText("every 30 days");

  await page.goto("/secrets/rotation");
  await expect(page.getByRole("heading", { level: 1, name: "Rotation" })).toBeVisible();
  const list = page.getByRole("table", { name: "Secrets by due date" });
  await expect(list.getByRole("rowheader", { name: "search/api-key" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "Due by week" })).toBeVisible();

  await page.getByLabel("State").selectOption("Without a period");
  await page.getByRole("button", { name: "Apply" }).click();
  await expect(page).toHaveURL(/state=none/);
  await expect(list.getByRole("rowheader", { name: "search/api-key" })).toHaveCount(0);
});

test("a period that is no number of days is refused", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "billing/api-key");
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel(/^Days until/).fill("soon");
  await page.getByRole("button", { name: "Set the period" }).click();
  await expect(page.getByText("Enter a number of days from 1 to 3650, or nothing.")).toBeVisible();
  await expect(page.getByLabel(/^Days until/)).toHaveValue("soon");
});

test("a generated value is stored without being shown", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "storage/api-key");
  const version = Number(await factOn(page, "Version").innerText());
  await page.getByText("Generate a value…").click();
  await page.getByLabel("What to generate").selectOption("Words that can be pronounced");
  await page.getByLabel("Number of words").fill("5");
  await page.getByLabel("Keep these settings with the secret").check();
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await expect(factOn(page, "Version")).toHaveText(String(version + 1));
  await expect(page.getByText("Kept with this secret: 5 words, 80 bits of entropy.")).toBeVisible();
  await expect(valueOn(page)).toHaveCount(0);

  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toHaveText(/^([a-z]{5}-){4}[a-z]{5}$/);
});

test("the page of consumers says who would break", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "mail/api-key");
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toBeVisible();
  await page.getByRole("link", { name: "Consumers" }).click();
  const readers = page.getByRole("table", { name: "Who read which version" });
  await expect(readers.getByRole("row").filter({ hasText: "omar" })).toContainText("May break");

  await page.getByRole("textbox", { name: "System" }).fill("nightly mail");
  await page.getByLabel("Contact (optional)").fill("on-call@example.com");
  await page.getByRole("button", { name: "Declare the system" }).click();
  await expect(page.getByRole("rowheader", { name: "nightly mail" })).toBeVisible();
  await page.getByRole("button", { name: "Remove nightly mail" }).click();
  await expect(page.getByRole("rowheader", { name: "nightly mail" })).toHaveCount(0);
});
