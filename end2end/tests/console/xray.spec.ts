// What developers see below each page if they ask for it.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "../../support/fixtures.ts";
import { consoleIsAlive, islandIsAlive, openSecret } from "../../support/browser.ts";

test.use({ serverFor: "xray", serverOptions: ["--xray"] });

const SECRET = "billing/encryption-key";

test("the X-ray shows what asked each question, and its record", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, SECRET);
  const xray = page.getByRole("complementary", { name: "X-ray" });
  const asked = xray.getByRole("row", { name: /Permit<ReadSecret> → secrets\.secret\(permit\)/ }).last();
  await expect(asked).toContainText("loader SecretSection::load · app/src/secrets/section.rs:");
  await expect(xray.getByRole("row", { name: /Permit<ReadHistory>/ })).toContainText("deferred part");
  await asked.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: "Receipt" })).toBeVisible();
});

test("the X-ray stays alive after actions by script", async ({ page, signIn, javaScriptEnabled }) => {
  test.skip(javaScriptEnabled === false, "without script each action loads the page anew");
  await signIn(page, "omar");
  await openSecret(page, SECRET);
  await islandIsAlive(page);
  await consoleIsAlive(page);
  const xray = page.getByRole("complementary", { name: "X-ray" });
  await page.getByRole("button", { name: "Reveal", exact: true }).click();
  await expect(xray.getByRole("row", { name: /Permit<RevealSecret>/ })).toContainText("server function");
  await page.getByLabel("Name", { exact: true }).fill("billing/renamed");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(xray.getByRole("row", { name: /Permit<RenameSecret>/ })).toContainText("form action Rename::run");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
});
