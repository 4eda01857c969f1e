// A secret's value: who sees it, and how it gets a new one.
import { expect, test } from "../../support/fixtures.ts";
import { confirmationFor, consoleIsAlive, factOn, handleOf, headersOf, islandIsAlive, openSecret, valueOn } from "../../support/browser.ts";
import { rotateTo } from "../../support/value.ts";

test.use({ serverFor: "reveal-and-rotate" });

const DEV = "billing/api-key";

test("a value is not in the page before it is asked for", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, DEV);
  const before = await (await page.reload())!.text();
  await expect(valueOn(page)).toHaveCount(0);

  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toHaveText(/^\w{4}-\w{4}-\w{4}-\w{4}$/);
  const value = await valueOn(page).innerText();
  expect(before).not.toContain(value);

  const after = await (await page.goto(page.url()))!.text();
  expect(after).not.toContain(value);
  await expect(valueOn(page)).toHaveCount(0);
});

// Rotating it there is not allowed.
test("a value in production is shown after a fresh sign-in", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "billing/deploy-token");
  await expect(factOn(page, "Environment")).toHaveText(/^production\s+▲\s*Protected$/);
  await expect(page.getByRole("button", { name: "Reveal" })).toHaveAccessibleDescription(/confirm that it is you/);
  await expect(page.getByRole("button", { name: "Rotate" })).toHaveCount(0);
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toBeVisible();
});

test("a new value replaces the old one and raises the version", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "billing/encryption-key");
  const version = Number(await factOn(page, "Version").innerText());
  await expect(page.getByLabel("New value")).toHaveAccessibleDescription(new RegExp(`version ${version + 1}\\.`));

  await page.getByLabel("New value").fill("  first <line>\nsecond & line\n");
  await page.getByRole("button", { name: "Rotate" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Value changed; this is version" })).toBeVisible();
  await expect(factOn(page, "Version")).toHaveText(String(version + 1));
  expect(await page.content()).not.toContain("second & line");
  expect(await page.content()).not.toContain("second &amp; line");

  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toBeVisible();
  expect(await valueOn(page).textContent()).toBe("  first <line>\nsecond & line\n");
});

// The next form rotates it again.
test("a secret is rotated once by two clicks", async ({ page, signIn, javaScriptEnabled }) => {
  await signIn(page, "omar");
  await openSecret(page, "search/api-key");
  if (javaScriptEnabled) await consoleIsAlive(page);
  const version = Number(await factOn(page, "Version").innerText());
  await page.getByLabel("New value").fill("typed once");
  await page.getByRole("button", { name: "Rotate" }).dblclick();
  await expect(page.getByText(/Value changed|This form was already sent/)).toBeVisible();
  await expect(factOn(page, "Version")).toHaveText(String(version + 1));

  await page.getByLabel("New value").fill("typed again");
  await page.getByRole("button", { name: "Rotate" }).click();
  await expect(factOn(page, "Version")).toHaveText(String(version + 2));
  await expect(page.getByText("This form was already sent")).toHaveCount(0);
});

for (const [change, label, typed, said] of [
  ["rotated", "New value", "another value", "Value changed; this is version"],
  ["renamed", "Name", "storage/renamed", "Renamed to "],
] as const) {
  test(`a value that is shown is gone once its secret is ${change}`, async ({ page, signIn, javaScriptEnabled }) => {
    await signIn(page, "omar");
    await openSecret(page, change === "rotated" ? "storage/api-key" : "storage/backup-key");
    if (javaScriptEnabled) await islandIsAlive(page);
    await page.getByRole("button", { name: "Reveal" }).click();
    await expect(valueOn(page)).toBeVisible();
    const value = await valueOn(page).innerText();
    await page.getByLabel(label, { exact: true }).fill(typed);
    await page.getByRole("button", { name: change === "rotated" ? "Rotate" : "Rename" }).click();
    await expect(page.getByRole("status").filter({ hasText: said })).toBeVisible();
    await expect(valueOn(page)).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Copy", exact: true })).toHaveCount(0);
    expect(await page.content()).not.toContain(value);
    await expect(page.getByRole("button", { name: "Reveal" })).toBeVisible();
    if (change === "renamed") await expect(page).toHaveTitle("storage/renamed · Doorward");
  });
}

// It says what was asked.
test("the way back from a confirmation takes one press", async ({ page, server, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "billing/deploy-token");
  const secret = page.url();
  // As the server leads there five minutes after a sign-in.
  await page.goto(confirmationFor(page, "secret.reveal"));
  await expect(page.getByText("To reveal this value, you must have signed in or confirmed within the last 5 minutes.")).toBeVisible();
  await page.getByLabel("Password for omar").fill(server.signIns.get("omar")!.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page).toHaveURL(secret);
  await expect(page.getByRole("status").filter({ hasText: "Press “Reveal” to see the value." })).toBeVisible();
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(valueOn(page)).toBeVisible();
});

// Nothing changes.
test("an empty value is refused beside its field", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, DEV);
  const version = await factOn(page, "Version").innerText();
  await rotateTo(page, "");
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Rotate" }).click();
  expect((await answered).status()).toBe(422);

  const field = page.getByLabel("New value");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  await expect(field).toHaveAccessibleDescription(/A value is needed\./);
  await expect(page.getByText("A value is needed.")).toBeVisible();
  await expect(factOn(page, "Version")).toHaveText(version);
});

// They may know of the secret.
test("an approver may not see or change a value", async ({ page, request, server, signIn }) => {
  await signIn(page, "petra");
  await openSecret(page, DEV);
  await expect(page.getByText("You can see that this secret exists, but not its value.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Reveal" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Rotate" })).toHaveCount(0);

  const headers = { ...(await headersOf(page)), origin: server.url };
  const forms: Record<string, string>[] = [{ action: "reveal" }, { action: "rotate", value: "mine" }];
  for (const form of forms) {
    const answer = await request.post(page.url(), { headers, form });
    expect(answer.status()).toBe(403);
    expect(await answer.text()).not.toContain(DEV);
  }
});

test("another site's page can neither reveal nor rotate", async ({ page, request, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, DEV);
  const cookie = await handleOf(page);
  for (const origin of ["https://evil.example", "null", undefined]) {
    const headers = { cookie, ...(origin && { origin }) };
    const answer = await request.post(page.url(), { headers, form: { action: "reveal" } });
    expect(answer.status()).toBe(403);
  }
});
