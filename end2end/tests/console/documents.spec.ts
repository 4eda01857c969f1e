// What the browser itself has to say: no error, no warning, no violation of the policy, nothing kept, nothing inline.
import type { Page, Response } from "@playwright/test";
import { expect, test } from "../../support/fixtures.ts";
import { countDocuments, isForDocument, islandIsAlive, openSecret, valueOn } from "../../support/browser.ts";
import { ofAda, ofNoor, ofOmar, ofVisitors } from "../../support/pages.ts";
import type { Stop } from "../../support/stop.ts";
import { openRevealed } from "../../support/value.ts";

test.use({ serverFor: "console" });

const tours: { who: string | undefined; stops: Stop[] }[] = [
  { who: undefined, stops: ofVisitors },
  { who: "omar", stops: ofOmar },
  { who: "noor", stops: ofNoor },
  { who: "ada", stops: ofAda },
];

/** Everything that the browser complains of from now on. */
function complaints(page: Page, javaScriptEnabled: boolean): string[] {
  const said: string[] = [];
  const refusals = new Set<string>();
  page.on("response", (response) => {
    if (response.status() < 400) return;
    if (isForDocument(response.request())) refusals.add(response.url());
    else said.push(`${response.status()} ${response.url()}`);
  });
  page.on("console", (message) => {
    // The browser says of each refusal's document which status it has; that is no complaint of ours.
    const ofDocument = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
    if (!(ofDocument && refusals.has(message.location().url))) said.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => said.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    // Where scripts are turned off the browser itself refuses to load one, and says so of its hint in the head.
    const unwanted = !javaScriptEnabled && new URL(request.url()).pathname.endsWith(".js");
    // A page that is left breaks off its stream, and what it was still loading; a refused or broken answer has another word.
    const left = request.failure()?.errorText === "net::ERR_ABORTED";
    if (!unwanted && !left) said.push(`failed: ${request.url()}: ${request.failure()?.errorText}`);
  });
  return said;
}

function documents(page: Page): Response[] {
  const seen: Response[] = [];
  page.on("response", (response) => {
    if (isForDocument(response.request())) seen.push(response);
  });
  return seen;
}

/** What the policy forbids, and what a page of islands does not need. */
async function inlineParts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const element of document.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (name === "style" || name.startsWith("on")) found.push(`<${element.localName} ${name}="${value}">`);
      }
      if (element.localName === "style") found.push(`<style>${element.textContent}`);
    }
    const html = document.documentElement.outerHTML;
    const carried = /__(RESOLVED_RESOURCES|SERIALIZED_ERRORS)\s*\[|__(RESOLVED_RESOURCES|INCOMPLETE_CHUNKS|SERIALIZED_ERRORS)\s*=\s*\[\s*[^\]\s]/;
    const data = carried.exec(html);
    if (data) found.push(html.slice(data.index, data.index + 200));
    return found;
  });
}

for (const { who, stops } of tours) {
  const whose = who ?? "a visitor";

  test(`the browser has nothing to say against the pages of ${whose}`, async ({ page, javaScriptEnabled, signIn }) => {
    test.slow();
    const said = complaints(page, javaScriptEnabled);
    if (who) {
      await signIn(page, who);
      await page.waitForLoadState("networkidle");
    }
    for (const stop of stops) {
      await test.step(stop.name, async () => {
        await stop.open(page);
        await page.waitForLoadState("networkidle");
        expect.soft(said.splice(0), stop.name).toEqual([]);
      });
    }
  });

  test(`no document for ${whose} is stored or runs foreign scripts`, async ({ page, signIn }) => {
    test.slow();
    const seen = documents(page);
    if (who) await signIn(page, who);
    for (const stop of stops) {
      await test.step(stop.name, async () => {
        await stop.open(page);
        expect.soft(await inlineParts(page), stop.name).toEqual([]);
      });
    }
    expect(seen.length).toBeGreaterThanOrEqual(stops.length);
    const nonces = new Set<string>();
    let pages = 0;
    for (const answer of seen) {
      const headers = await answer.allHeaders();
      const what = `${answer.status()} ${answer.url()}`;
      expect.soft(headers["cache-control"], what).toBe("no-store");
      expect.soft(headers["vary"], what).toMatch(/\bcookie\b/i);
      expect.soft(headers["content-security-policy"], what).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect.soft(headers["content-security-policy"], what).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|data:|https?:/);
      if ([204, 303].includes(answer.status())) continue;
      pages += 1;
      nonces.add(/'nonce-([^']{16,})'/.exec(headers["content-security-policy"] ?? "")?.[1] ?? what);
    }
    expect(nonces.size).toBe(pages);
  });
}

test("the browser has nothing to say where a value is shown", async ({ page, javaScriptEnabled, signIn }) => {
  const said = complaints(page, javaScriptEnabled);
  await signIn(page, "omar");
  await page.waitForLoadState("networkidle");
  await openRevealed(page, javaScriptEnabled);
  await page.waitForLoadState("networkidle");
  expect(await inlineParts(page)).toEqual([]);
  expect(said).toEqual([]);
});

test("scripts and styles are named by content and kept for ever", async ({ page, signIn, javaScriptEnabled }) => {
  const files: Response[] = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname.startsWith("/pkg/")) files.push(response);
  });
  await signIn(page, "omar");
  await page.waitForLoadState("networkidle");
  const kinds = new Set(files.map((file) => new URL(file.url()).pathname.split(".").at(-1)));
  expect(kinds).toContain("css");
  expect(kinds.has("js")).toBe(javaScriptEnabled);
  for (const file of files) {
    expect.soft(file.status()).toBe(200);
    expect.soft(file.headers()["cache-control"], file.url()).toMatch(/max-age=31536000.*immutable/);
    expect.soft(new URL(file.url()).pathname).toMatch(/\.[\w-]{16,}\.(css|js|wasm)$/);
  }
});

test.describe("with JavaScript", () => {
  test.skip(({ javaScriptEnabled }) => !javaScriptEnabled, "there is no module to load without it");

  test("the module is loaded and brings the Reveal button to life", async ({ page, signIn }) => {
    const said = complaints(page, true);
    await signIn(page, "omar");
    await page.waitForLoadState("networkidle");
    const module = page.waitForResponse((response) => response.url().endsWith(".wasm"));
    await openSecret(page, "billing/api-key");
    expect((await module).headers()["content-type"]).toBe("application/wasm");
    await islandIsAlive(page);
    const asked = countDocuments(page);
    await page.getByRole("button", { name: "Reveal" }).click();
    await expect(valueOn(page)).toBeVisible();
    expect(asked()).toBe(0);
    expect(said).toEqual([]);
  });
});
