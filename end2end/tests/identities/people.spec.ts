// From an administrator's first click to a colleague who reads a secret, by the console alone.
import { expect, test } from "../../support/fixtures.ts";
import { islandIsAlive, valueOn } from "../../support/browser.ts";

test.use({ serverFor: "people" });

const PASSWORD = "a sentence of the colleague";
const VALUE = "the value for the colleague";

test("a colleague is added, invited and reads a secret", async ({ page, signIn, browser, server, javaScriptEnabled }) => {
  await signIn(page, "ada");
  await page.getByRole("link", { name: "People" }).click();
  await page.getByRole("link", { name: "Add a person…" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Jörg Weiß");
  await page.getByLabel("Sign-in name").fill("joerg");
  await page.getByRole("button", { name: "Add and make an invitation" }).click();
  const link = await page.getByRole("status", { name: "Invitation" }).textContent();
  expect(link).toContain(server.url);

  const context = await browser.newContext({ javaScriptEnabled: javaScriptEnabled ?? true });
  const colleague = await context.newPage();
  await colleague.goto(link ?? "");
  await expect(colleague.getByRole("heading", { name: "Welcome, Jörg Weiß" })).toBeVisible();
  await colleague.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await colleague.getByLabel("Password again").fill(PASSWORD);
  await colleague.getByRole("button", { name: "Set the password" }).click();
  await colleague.getByRole("link", { name: "Sign in" }).click();
  await colleague.getByLabel("Name", { exact: true }).fill("joerg");
  await colleague.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await colleague.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(colleague.getByRole("link", { name: "Settings" })).toBeVisible();
  await expect(colleague.getByRole("link", { name: "Secrets" })).toHaveCount(0);

  await page.getByRole("link", { name: "Give a role" }).click();
  await page.getByLabel("Role", { exact: true }).selectOption("viewer");
  await page.getByLabel("Where it applies").selectOption({ label: "Only in dev" });
  await page.getByLabel("How long").selectOption({ label: "7 days" });
  await page.getByRole("button", { name: "Give the role" }).click();
  await expect(page.getByText("They have the role viewer in dev.")).toBeVisible();
  await expect(page.getByRole("row", { name: /viewer in dev Ada Moreau/ })).toBeVisible();

  await page.getByRole("link", { name: "Secrets" }).click();
  await page.getByRole("link", { name: "Add a secret…" }).click();
  await page.getByLabel("Environment").selectOption("dev");
  await page.getByLabel("Name", { exact: true }).fill("console/first-secret");
  await page.getByLabel("Value").fill(VALUE);
  await page.getByRole("button", { name: "Add the secret" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "console/first-secret" })).toBeVisible();
  await page.getByRole("link", { name: "Access" }).click();
  await page.getByLabel("Sign-in name").fill("joerg");
  await page.getByRole("button", { name: "Grant access" }).click();
  await expect(page.getByText(/Shared with Jörg Weiß/)).toBeVisible();

  await colleague.reload();
  await colleague.getByRole("link", { name: "Secrets" }).click();
  await colleague.getByRole("link", { name: "console/first-secret" }).click();
  if (javaScriptEnabled) await islandIsAlive(colleague);
  await colleague.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(colleague)).toHaveText(VALUE);
  await context.close();
});

test("a disabled account ends at once, and can be enabled", async ({ page, signIn, browser, server }) => {
  await signIn(page, "ada");
  const context = await browser.newContext({ baseURL: server.url });
  const vera = await context.newPage();
  await signIn(vera, "vera");
  await page.goto("/access/identities?matching=vera");
  await page.getByRole("link", { name: "Vera Lindqvist" }).click();
  await page.getByRole("button", { name: "Disable the account" }).click();
  await expect(page.getByText("The account is disabled, and its sessions have ended.")).toBeVisible();
  await vera.goto("/secrets");
  await expect(vera).toHaveURL(/\/(sign-in|signed-out)/);
  await page.getByRole("button", { name: "Enable the account" }).click();
  await expect(page.getByText("The account is enabled.")).toBeVisible();
  await signIn(vera, "vera");
  await context.close();
});
