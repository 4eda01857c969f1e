// Settings: the theme, by choice.
import { expect, test } from "../../support/fixtures.ts";

test.use({ serverFor: "settings" });

test("a chosen theme holds on every page, against the device's", async ({ page, signIn }) => {
  await page.emulateMedia({ colorScheme: "light" });
  const html = page.locator("html");
  await signIn(page, "vera");
  await page.goto("/settings");
  await expect(page.getByRole("radio", { name: "System" })).toBeChecked();
  await expect(html).not.toHaveAttribute("data-theme");
  const light = await page.getByRole("main").evaluate((main) => getComputedStyle(main.ownerDocument.body).backgroundColor);

  await page.getByRole("radio", { name: "Dark" }).check();
  await page.getByRole("button", { name: "Save theme" }).click();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
  for (const address of ["/", "/secrets", "/signed-out", "/no/such/page"]) {
    await page.goto(address);
    await expect(html).toHaveAttribute("data-theme", "dark");
    await expect(html).toHaveCSS("color-scheme", "dark");
    await expect(page.locator("body")).not.toHaveCSS("background-color", light);
  }

  await page.goto("/settings");
  await page.getByRole("radio", { name: "System" }).check();
  await page.getByRole("button", { name: "Save theme" }).click();
  await expect(html).not.toHaveAttribute("data-theme");
  await page.goto("/");
  await expect(html).not.toHaveAttribute("data-theme");
});

test("the message about saved settings is shown once", async ({ page, signIn }) => {
  await signIn(page, "vera");
  await page.goto("/settings");
  await page.getByRole("radio", { name: "Light" }).check();
  await page.getByRole("button", { name: "Save theme" }).click();
  const message = page.getByRole("status").filter({ hasText: "Your settings are saved." });
  await expect(message).toBeVisible();
  await page.reload();
  await expect(page.getByRole("radio", { name: "Light" })).toBeChecked();
  await expect(message).toHaveCount(0);
  await page.goto("/");
  await expect(message).toHaveCount(0);
});
