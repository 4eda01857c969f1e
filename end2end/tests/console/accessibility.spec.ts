// Every page for people with a screen reader, a keyboard, or a small screen.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "../../support/fixtures.ts";
import { valueOn } from "../../support/browser.ts";
import { ofAda, ofNoor, ofOmar, ofQuinn, ofVisitors } from "../../support/pages.ts";
import type { Stop } from "../../support/stop.ts";
import { openRevealed } from "../../support/value.ts";

test.use({ serverFor: "accessibility" });
test.skip(({ javaScriptEnabled }) => !javaScriptEnabled, "axe needs JavaScript, and the pages are the same");

const tours: { who: string | undefined; stops: Stop[] }[] = [
  { who: undefined, stops: ofVisitors },
  { who: "omar", stops: ofOmar },
  { who: "quinn", stops: ofQuinn },
  { who: "ada", stops: ofAda },
  { who: "noor", stops: ofNoor },
];

// Those of axe's rules that look at colours: all others find in dark what they found in light.
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** What axe finds on the page as it stands, in light and in dark. */
async function violations(page: Page): Promise<string[]> {
  const said: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const axe = new AxeBuilder({ page });
    if (colorScheme === "dark") axe.withRules(OF_COLOURS);
    const { violations: found } = await axe.analyze();
    for (const { id, help, nodes } of found) {
      said.push(...nodes.map((node) => `${colorScheme}: ${id}: ${help}: ${node.html}: ${node.failureSummary}`));
    }
  }
  return said;
}

const widths = [360, 768, 1024, 1280];

/** The widths at which the page, or a panel on it, is wider than its room. */
async function overflows(page: Page): Promise<string[]> {
  const said: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 740 });
    const wide = await page.evaluate(() => {
      const parts = [document.documentElement, ...document.querySelectorAll(".panel, main, main table")];
      const over = parts.filter((part) => part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX !== "auto");
      return over.map((part) => `${part.tagName.toLowerCase()}.${part.className} by ${part.scrollWidth - part.clientWidth}`);
    });
    said.push(...wide.map((part) => `${width}: ${part}`));
  }
  return said;
}

for (const { who, stops } of tours) {
  const whose = who ?? "a visitor";

  // In light and in dark.
  test(`axe finds nothing on the pages of ${whose}`, async ({ page, signIn }) => {
    test.slow();
    if (who) await signIn(page, who);
    for (const stop of stops) {
      await test.step(stop.name, async () => {
        expect((await stop.open(page))?.status()).toBe(stop.status);
        expect.soft(await violations(page), stop.name).toEqual([]);
      });
    }
  });

  test(`the pages of ${whose} fit screens of 360 to 1280 pixels`, async ({ page, signIn }) => {
    test.slow();
    await page.setViewportSize({ width: 360, height: 740 });
    if (who) await signIn(page, who);
    for (const stop of stops) {
      await test.step(stop.name, async () => {
        await stop.open(page);
        await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
        expect.soft(await overflows(page), stop.name).toEqual([]);
        await page.setViewportSize({ width: 360, height: 740 });
      });
    }
  });
}

// In light and in dark.
test("axe finds nothing on a secret whose value is shown", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openRevealed(page, true);
  expect(await violations(page)).toEqual([]);
  await expect(valueOn(page)).toBeVisible();
});

test("a secret whose value is shown fits a screen of 360 pixels", async ({ page, signIn }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signIn(page, "omar");
  await openRevealed(page, true);
  expect(await overflows(page)).toEqual([]);
});

// Escape closes it.
test("on a small screen the menu opens, leads on and closes", async ({ page, signIn }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await signIn(page, "omar");
  const menu = page.getByRole("navigation", { name: "Main" });
  await expect(menu).toBeHidden();
  await page.getByRole("button", { name: "Menu" }).click();
  await expect(menu).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await page.getByRole("button", { name: "Menu" }).click();
  await menu.getByRole("link", { name: "Secrets" }).click();
  await expect(page).toHaveURL("/secrets");
});

for (const address of ["/", "/secrets", "/settings", "/no/such/page"]) {
  test(`on ${address} the first Tab offers to skip to the content`, async ({ page, signIn }) => {
    await signIn(page, "omar");
    await page.goto(address);
    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: "Skip to content" });
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("main")).toBeFocused();
  });
}

test("whoever signs in finds the name field ready to type in", async ({ page }) => {
  await page.goto("/sign-in");
  await expect(page.getByLabel("Name", { exact: true })).toBeFocused();
});

// The focus stays beside it.
test("a value is revealed and hidden with the keyboard alone", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openRevealed(page, true);
  const panel = page.getByRole("region", { name: "Value", exact: true });
  await page.getByRole("button", { name: "Hide" }).press("Enter");
  await expect(page.getByRole("button", { name: "Reveal" })).toBeVisible();
  await page.getByRole("button", { name: "Reveal" }).press("Enter");
  await expect(page.getByRole("button", { name: "Hide" })).toBeVisible();
  expect(await panel.evaluate((element) => element.contains(document.activeElement))).toBe(true);
});
