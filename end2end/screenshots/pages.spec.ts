// No test: takes pictures of every page, for people to look at.
import { join } from "node:path";
import { ofAda, ofNoor, ofOmar, ofQuinn, ofVisitors } from "../support/pages.ts";
import type { Stop } from "../support/stop.ts";
import { openRevealed } from "../support/value.ts";
import { test } from "../support/fixtures.ts";
import type { Page } from "@playwright/test";

const folder = process.env.SCREENSHOTS ?? "screenshots";
const widths = [1280, 1024, 360];

const revealed: Stop = {
  name: "secret whose value is shown",
  status: 200,
  open: async (page) => {
    await openRevealed(page, true);
    return null;
  },
};

const tours: [string | undefined, Stop[]][] = [
  [undefined, ofVisitors],
  ["omar", [...ofOmar, revealed]],
  ["quinn", ofQuinn],
  ["ada", ofAda],
  ["noor", ofNoor],
];

async function take(page: Page, name: string): Promise<void> {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const file = `${name.replace(/[^a-z0-9]+/gi, "-")}-${width}-${colorScheme}.png`;
      await page.screenshot({ path: join(folder, file), fullPage: true });
    }
  }
}

for (const [who, stops] of tours) {
  test(`the pages of ${who ?? "a visitor"}`, async ({ page, signIn }) => {
    if (who) await signIn(page, who);
    for (const stop of stops) {
      await stop.open(page);
      await take(page, `${who ?? "visitor"}-${stop.name}`);
    }
  });
}
