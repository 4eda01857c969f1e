// Secrets of each kind: added, seen, taken out again.
import { expect, test } from "../../support/fixtures.ts";
import { factOn, valueOn } from "../../support/browser.ts";

test.use({ serverFor: "reveal-and-rotate" });

test("names and values are kept in one secret", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets/add");
  await page.getByRole("navigation", { name: "Kind of secret" }).getByRole("link", { name: "Key-value" }).click();
  await page.getByLabel("Environment").selectOption("dev");
  await page.getByLabel("Name").fill("kinds/pairs");
  await page.getByLabel("Value").fill("USER=app\nPASSWORD='a b'");
  await page.getByRole("button", { name: "Add the secret" }).click();
  await expect(factOn(page, "Kind")).toHaveText("Key-value");
  await expect(page.getByText("2 names with their values")).toBeVisible();
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toHaveText("USER=app PASSWORD='a b'");
});

test("a file comes back as it was", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets/add?kind=file");
  await page.getByLabel("Environment").selectOption("dev");
  await page.getByLabel("Name").fill("kinds/file");
  const content = Buffer.from([0, 255, 1, 254, 13, 10]);
  await page.getByLabel("Value").setInputFiles({ name: "store.p12", mimeType: "application/octet-stream", buffer: content });
  await page.getByRole("button", { name: "Add the secret" }).click();
  await expect(page.getByText("store.p12")).toBeVisible();
  const downloads = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const download = await downloads;
  expect(download.suggestedFilename()).toBe("store.p12");
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).equals(content)).toBe(true);
});

test("a file that is too large gets a sentence", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets/add?kind=file");
  await page.getByLabel("Environment").selectOption("dev");
  await page.getByLabel("Name").fill("kinds/large");
  const content = Buffer.alloc(1_048_577, 7);
  await page.getByLabel("Value").setInputFiles({ name: "large.bin", mimeType: "application/octet-stream", buffer: content });
  await page.getByRole("button", { name: "Add the secret" }).click();
  await expect(page.getByText("A file may have at most 1,048,576 bytes (1 MiB).")).toBeVisible();
});

test("a chosen file is imported", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets/import");
  await page.getByLabel("Environment").selectOption("dev");
  const content = Buffer.from("kinds:\n  imported: 0123\n");
  await page.getByLabel("File", { exact: true }).setInputFiles({ name: "values.yaml", mimeType: "text/yaml", buffer: content });
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("rowheader", { name: "kinds/imported" })).toBeVisible();
  await page.getByRole("button", { name: "Import 1 into dev" }).click();
  await expect(page.getByText("1 added")).toBeVisible();
});
