// The questions that auditors ask most, each answered in at most five steps by keyboard.
import type { Locator, Page } from "@playwright/test";
import { factOn, openSecret, valueOn } from "../../support/browser.ts";
import { expect, test } from "../../support/fixtures.ts";

test.use({ serverFor: "questions" });

const MOST_STEPS = 5;

/** Counts what a person does: open a link, fill a field, choose from a list, send. The mouse is never used. */
class Keyboard {
  private steps = 0;

  constructor(private readonly page: Page) {}

  private step(): void {
    this.steps += 1;
    expect(this.steps, "steps so far").toBeLessThanOrEqual(MOST_STEPS);
  }

  async open(link: Locator): Promise<void> {
    this.step();
    await link.focus();
    await this.page.keyboard.press("Enter");
  }

  async fill(label: string, text: string): Promise<void> {
    this.step();
    await this.page.getByLabel(label, { exact: true }).focus();
    await this.page.keyboard.type(text);
  }

  /** Chooses from a list by the first letters of the choice, as browsers do. */
  async choose(label: string, choice: string): Promise<void> {
    this.step();
    const list = this.page.getByLabel(label, { exact: true });
    await list.focus();
    await this.page.keyboard.type(choice);
    await expect(list.locator("option:checked")).toHaveText(choice);
  }

  async send(): Promise<void> {
    this.step();
    await this.page.keyboard.press("Enter");
  }
}

test("all refusals of Vera are found in five steps", async ({ page, browser, server, signIn }) => {
  const context = await browser.newContext({ baseURL: server.url });
  const theirs = await context.newPage();
  await signIn(theirs, "vera");
  await theirs.goto("/access/ledger");
  await expect(theirs.getByRole("heading", { level: 1, name: "You do not have access" })).toBeVisible();
  await context.close();

  await signIn(page, "quinn");
  const keyboard = new Keyboard(page);
  await keyboard.open(page.getByRole("link", { name: "Ledger", exact: true }));
  await keyboard.choose("Decision", "Refused");
  await keyboard.fill("Who", "vera");
  await keyboard.send();
  await expect(page).toHaveURL(/who=vera.*decision=refused/);
  const rows = page.getByRole("table").getByRole("row");
  await expect(rows.filter({ hasText: "ledger.read" })).toHaveCount(1);
  await expect(rows.filter({ hasText: "Allowed" })).toHaveCount(0);
});

// Vera has a grant for this secret, which ada gave. What she does is done now, so its day is today.
test("who revealed a secret, and by whose grant, in five steps", async ({ page, browser, server, signIn }) => {
  const context = await browser.newContext({ baseURL: server.url });
  const theirs = await context.newPage();
  await signIn(theirs, "vera");
  await openSecret(theirs, "billing/queue-url");
  await theirs.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(theirs)).not.toBeEmpty();
  await context.close();

  await signIn(page, "quinn");
  const keyboard = new Keyboard(page);
  await keyboard.open(page.getByRole("link", { name: "Ledger", exact: true }));
  await keyboard.choose("Time", "Today");
  await keyboard.fill("Resource", "billing/queue-url");
  await keyboard.send();
  await expect(page).toHaveURL(/resource=billing/);
  const row = page.getByRole("row", { name: /secret\.reveal.*vera/ }).first();
  await keyboard.open(row.getByRole("link", { name: "secret.reveal", exact: true }));
  await expect(page.getByRole("heading", { level: 1, name: "Receipt" })).toBeVisible();
  await expect(factOn(page, "Who asked")).toHaveText("vera");
  await expect(factOn(page, "Reason")).toContainText("by grant");
  await expect(factOn(page, "Grant")).toContainText("given by ada");
  await expect(factOn(page, "Grant")).toContainText(/until|no end/);
});
