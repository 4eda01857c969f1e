// What a refusal looks like: one heading, one way forward, and nothing of what was refused.
import type { Page, Response } from "@playwright/test";
import { expect, test } from "../../support/fixtures.ts";
import { openSecret } from "../../support/browser.ts";

test.use({ serverFor: "refusals" });

const ID = /[0-9a-hjkmnp-tv-z]{26}/g;

/** A document without what differs from one answer to the next by design. */
async function essence(answer: Response | null): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  if (!answer) throw new Error("no document came");
  const { date: _, "x-request-id": __, "content-length": ___, ...headers } = await answer.allHeaders();
  const nonce = /'nonce-([^']+)'/.exec(headers["content-security-policy"] ?? "")?.[1] ?? "no nonce";
  // The frame of whoever is signed in holds the time of the answer and the address that was asked for.
  const without = (text: string): string =>
    text
      .replaceAll(nonce, "NONCE")
      .replace(ID, "ID")
      .replace(/data-now="\d+"/, "")
      .replace(/name="next" value="[^"]*"/, "");
  const policy = without(headers["content-security-policy"] ?? "");
  return {
    status: answer.status(),
    headers: { ...headers, "content-security-policy": policy },
    body: without(await answer.text()),
  };
}

async function leadsHome(page: Page, title: string): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  await page.getByRole("link", { name: "Back to the overview" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
}

test("an unknown address is answered 404, with a way forward", async ({ page, signIn }) => {
  const asVisitor = await page.goto("/no/such/page");
  expect(asVisitor?.status()).toBe(404);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Not found");
  await signIn(page, "vera");
  const answer = await page.goto("/no/such/page");
  expect(answer?.status()).toBe(404);
  await leadsHome(page, "Not found");
});

// Only the id of the record differs.
test("a hidden secret looks like one that does not exist", async ({ page, browser, signIn }) => {
  const others = await browser.newContext();
  const owner = await others.newPage();
  await signIn(owner, "omar");
  await openSecret(owner, "billing/backup-key");
  const notYours = new URL(owner.url()).pathname;
  await others.close();

  await signIn(page, "vera");
  const answers = [];
  const records = new Set<string | undefined>();
  for (const address of [notYours, "/secrets/00000000000000000000000001", "/secrets/unknown-id"]) {
    answers.push(await essence(await page.goto(address)));
    const record = await page.getByText(/^Record /).innerText();
    expect(record).toMatch(/^Record [0-9a-hjkmnp-tv-z]{26}$/);
    records.add(record);
  }
  expect(answers[0]?.status).toBe(404);
  expect(answers[0]?.body).not.toContain("backup-key");
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect(records.size).toBe(3);
  await page.getByRole("link", { name: "Back to the secrets" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Secrets" })).toBeVisible();
});

test("the overview does not tell whether a hidden secret exists", async ({ page, browser, signIn }) => {
  const others = await browser.newContext();
  const owner = await others.newPage();
  await signIn(owner, "omar");
  await openSecret(owner, "billing/backup-key");
  const notYours = new URL(owner.url()).pathname;
  await others.close();

  await signIn(page, "vera");
  await page.goto(notYours);
  await page.goto("/secrets/00000000000000000000000001");
  await page.goto("/");
  const decisions = page.getByRole("table", { name: "Your recent activity" });
  const refused = decisions.getByRole("row").filter({ hasText: "Refused" });
  // The newest stand first.
  const rows = [await refused.nth(0).innerText(), await refused.nth(1).innerText()];
  const said = rows.map((row) => row.replace(ID, "ID").replace(/just now|\d+ s ago/, "WHEN"));
  expect(said[0]).toBe(said[1]);
});

// It leads back to itself.
test("a page without a form answers a post with 405", async ({ page, signIn }) => {
  await signIn(page, "vera");
  await page.goto("/secrets");
  await page.getByRole("search").evaluate((form) => form.setAttribute("method", "post"));
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Apply" }).click();
  const answer = await answered;
  expect(answer.status()).toBe(405);
  // RFC 9110, 15.5.6: it must say what the address does take.
  expect(answer.headers()["allow"]).toContain("GET");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("This cannot be done here");
  await page.getByRole("link", { name: "Open the page" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Secrets" })).toBeVisible();
});

test("an unreadable filter is answered 422, with a way forward", async ({ page, signIn }) => {
  await signIn(page, "vera");
  const answer = await page.goto("/secrets?page=0");
  expect(answer?.status()).toBe(422);
  const field = page.getByLabel("Page", { exact: true });
  await expect(field).toHaveValue("0");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("link", { name: "First page" }).click();
  await expect(page).toHaveURL(/\/secrets$/);
  await expect(page.getByRole("heading", { level: 1, name: "Secrets" })).toBeVisible();
});

test("too many tries to sign in are answered 429 with the wait", async ({ page, request, server }) => {
  const headers = { origin: server.url };
  const form = { name: "nobody", password: "wrong" };
  // A try comes back after a while, so a slow machine may need more than the allowance.
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429 && statuses.length < 200) {
    statuses.push((await request.post("/sign-in", { headers, form })).status());
  }
  expect(new Set(statuses.slice(0, -1))).toEqual(new Set([422]));

  await expect(async () => {
    await page.goto("/sign-in");
    await page.getByLabel("Name", { exact: true }).fill("nobody");
    await page.getByLabel("Password", { exact: true }).fill("wrong");
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    const answer = await answered;
    expect(answer.status()).toBe(429);
    expect(Number(answer.headers()["retry-after"])).toBeGreaterThan(0);
  }).toPass();
  await expect(page.getByRole("alert")).toHaveText(/^Too many tries\. Try again in \d+ s\.$/);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("nobody");
});
