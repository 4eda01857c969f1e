// Actions: the same forms with JavaScript and without, and what a person sees of them while they are on their way.
import type { Page } from "@playwright/test";
import { expect, test } from "../support/fixtures.ts";
import { consoleIsAlive, countDocuments, headersOf, openSecret } from "../support/browser.ts";

test.use({ serverFor: "actions" });

const message = (page: Page, text: string | RegExp) => page.getByRole("status").filter({ hasText: text });
const field = (page: Page) => page.getByLabel("Name", { exact: true });

async function openAccess(page: Page, secret: string): Promise<void> {
  await openSecret(page, secret);
  await page.getByRole("link", { name: "Access", exact: true }).click();
  await expect(page.getByRole("heading", { name: /\d+ grants?$/ })).toBeVisible();
}

/** Keeps the next answer to a posted form back until it is let go. */
async function holdAnswers(page: Page): Promise<() => void> {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route("**/secrets/**", async (route) => {
    if (route.request().method() === "POST") await held;
    await route.continue();
  });
  return letGo;
}

// The page says so once.
test("a secret is renamed, and a name that cannot be is kept", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "data/deploy-token");
  await field(page).fill("no good name!");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(field(page)).toHaveAttribute("aria-invalid", "true");
  await expect(field(page)).toHaveValue("no good name!");
  await expect(field(page)).toBeFocused();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("data/deploy-token");

  await field(page).fill("data/renamed-key");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(message(page, "Renamed to ")).toBeVisible();
  await expect(message(page, "Renamed to ")).toBeFocused();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("data/renamed-key");
  await page.reload();
  await expect(message(page, "Renamed to ")).toHaveCount(0);
});

test("access is granted to somebody else and taken back", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openAccess(page, "billing/encryption-key");
  await page.getByLabel("Sign-in name").fill("nobody-here");
  await page.getByRole("button", { name: "Grant access" }).click();
  await expect(page.getByText("No one has the sign-in name “nobody-here”.")).toBeVisible();
  await expect(page.getByLabel("Sign-in name")).toHaveValue("nobody-here");

  await page.getByLabel("Sign-in name").fill("noor");
  await page.getByLabel("Access lasts").selectOption("1 hour");
  await page.getByRole("button", { name: "Grant access" }).click();
  await expect(message(page, /^Shared with Noor Rahimi until .* no effect yet\.$/)).toBeVisible();
  const row = page.getByRole("row", { name: /Noor Rahimi/ });
  await expect(row).toContainText(/in (1 h|5\d min)/);
  await page.getByRole("button", { name: "Remove access of noor" }).click();
  await expect(message(page, "Access is removed.")).toBeVisible();
  await expect(row).toHaveCount(0);
});

test("a part that is refused leaves the rest and names its record", async ({ page, signIn }) => {
  await signIn(page, "vera");
  await page.goto("/secrets");
  const first = page.getByRole("row").nth(1).getByRole("link");
  const name = await first.innerText();
  await first.click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  const answer = await page.goto(`${page.url()}/access`);
  expect(answer?.status()).toBe(403);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
  await expect(page.getByRole("alert")).toContainText("You do not have permission to do this");
  await expect(page.getByRole("alert")).toContainText(/Record 01\w{24}/);
});

test("the recent activity of a secret comes with the page", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await openSecret(page, "billing/api-key");
  const panel = page.getByRole("region", { name: "Recent activity" });
  await expect(panel.getByRole("row").nth(1)).toContainText(/secret\.(?!read|uses|history)/);
  await expect(panel.getByText("secret.history").first()).toBeHidden();
  await panel.getByText("Show routine reads").click();
  await expect(panel.getByText("secret.history").first()).toBeVisible();
  await expect(page.locator(".skeleton")).toBeHidden();
});

test("the list is taken away as a file with a name of its own", async ({ page, signIn }) => {
  await signIn(page, "omar");
  await page.goto("/secrets?environment=dev");
  const comes = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download CSV" }).click();
  const download = await comes;
  expect(download.suggestedFilename()).toMatch(/^secrets-dev-\d{4}-\d\d-\d\d\.csv$/);
});

test("an auditor sees what guards each address, and others do not", async ({ page, signIn }) => {
  await signIn(page, "quinn");
  await page.getByRole("link", { name: "Routes" }).click();
  await expect(page.getByRole("row", { name: /\/secrets\/:id action rotate/ })).toContainText("secret.rotate");
  await page.getByRole("button", { name: "Sign out" }).click();
  await signIn(page, "omar");
  await expect(page.getByRole("link", { name: "Routes" })).toHaveCount(0);
});

test.describe("with JavaScript", () => {
  test.skip(({ javaScriptEnabled }) => !javaScriptEnabled, "without JavaScript a form leads to the next page");

  // The page is not left.
  test("a new name is in the heading at once", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "data/backup-key");
    await consoleIsAlive(page);
    const documents = countDocuments(page);
    const letGo = await holdAnswers(page);
    await field(page).fill("data/at-once");
    const button = page.getByRole("button", { name: "Rename" });
    await button.click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("data/at-once");
    await expect(page.locator(".expected")).toHaveText("data/at-once");
    await expect(button).toHaveAttribute("aria-busy", "true");
    await expect(page.getByRole("main")).toHaveAttribute("aria-busy", "true");
    await button.click();
    letGo();
    await expect(message(page, "Renamed to ")).toBeVisible();
    await expect(page.locator(".expected")).toHaveCount(0);
    await expect(page.getByRole("main")).not.toHaveAttribute("aria-busy", "true");
    expect(documents()).toBe(0);
  });

  test("a button that is pressed twice sends once", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openAccess(page, "search/api-key");
    await consoleIsAlive(page);
    let sent = 0;
    page.on("request", (request) => (sent += request.method() === "POST" ? 1 : 0));
    const letGo = await holdAnswers(page);
    await page.getByLabel("Sign-in name").fill("noor");
    await page.getByRole("button", { name: "Grant access" }).click();
    await page.getByRole("button", { name: "Grant access" }).click();
    await expect(page.getByRole("row", { name: /^noor you/ })).toBeVisible();
    letGo();
    await expect(page.getByRole("row", { name: /Noor Rahimi/ })).toBeVisible();
    expect(sent).toBe(1);
  });

  // A sentence says so.
  test("what was shown in advance is taken back if it is refused", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openAccess(page, "search/encryption-key");
    await consoleIsAlive(page);
    await page.route("**/access", (route) =>
      route.request().method() === "POST"
        ? route.fulfill({ status: 503, contentType: "application/json", body: '{"sentence":"This cannot be decided right now."}' })
        : route.continue(),
    );
    await page.getByLabel("Sign-in name").fill("noor");
    await page.getByRole("button", { name: "Grant access" }).click();
    await expect(page.getByRole("alert")).toHaveText("This cannot be decided right now.");
    await expect(page.getByRole("alert")).toBeFocused();
    await expect(page.locator(".expected")).toHaveCount(0);
    await expect(page.getByLabel("Sign-in name")).toHaveValue("noor");
  });

  // It leads to sign-in.
  test("a form from an ended session empties the tab", async ({ page, request, server, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "billing/api-key");
    await consoleIsAlive(page);
    // Otherwise the tab would have emptied itself by then.
    await page.route(/\/live\?/, (route) => route.abort());
    await page.reload();
    await consoleIsAlive(page);
    const headers = { ...(await headersOf(page)), origin: server.url };
    await request.post("/sign-out", { headers, form: {}, maxRedirects: 0 });
    await field(page).fill("billing/too-late");
    await page.getByRole("button", { name: "Rename" }).click();
    await expect(page).toHaveURL(/\/sign-in\?next=%2Fsecrets%2F/);
    expect(await page.content()).not.toContain("billing/api-key");
  });

  test("a form is sent as typed after a confirmation in a dialog", async ({ page, server, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "mail/api-key");
    await consoleIsAlive(page);
    const here = new URL(page.url()).pathname;
    const onward = `/confirm?next=${encodeURIComponent(here)}`;
    // As it is answered five minutes after a sign-in.
    await page.route(`**${here}`, (route) => route.fulfill({ status: 401, json: { sentence: "", onward, failure: "" } }), { times: 1 });
    await field(page).fill("mail/renamed-after-confirming");
    await page.getByRole("button", { name: "Rename" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("heading", { name: "Confirm it is you" })).toBeVisible();
    const password = dialog.getByLabel("Password for omar");
    await expect(password).toBeFocused();
    await password.fill("not this one");
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await expect(dialog.getByText("That password does not match.")).toBeVisible();
    await password.fill(server.signIns.get("omar")!.password);
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("mail/renamed-after-confirming");
  });

  test("whoever does not confirm keeps the page and what was typed", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "edge/api-key");
    await consoleIsAlive(page);
    const here = new URL(page.url()).pathname;
    const onward = `/confirm?next=${encodeURIComponent(here)}`;
    await page.route(`**${here}`, (route) => route.fulfill({ status: 401, json: { sentence: "", onward, failure: "" } }), { times: 1 });
    await field(page).fill("edge/not-now");
    await page.getByRole("button", { name: "Rename" }).click();
    await page.getByRole("dialog").getByRole("link", { name: "Not now" }).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(field(page)).toHaveValue("edge/not-now");
  });

  test("typed text is asked about before the page is left", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "billing/api-key");
    await consoleIsAlive(page);
    await page.getByLabel("New value").pressSequentially("half a value");
    let asked = false;
    page.once("dialog", (dialog) => {
      asked = dialog.type() === "beforeunload";
      void dialog.dismiss();
    });
    await page.getByRole("link", { name: "Settings" }).click();
    await expect.poll(() => asked).toBe(true);
    await expect(page.getByLabel("New value")).toHaveValue("half a value");
    // Whoever stays has a page on which nothing is on its way.
    await expect(page.locator("a[data-busy]")).toHaveCount(0);
    await expect(page.getByRole("main")).not.toHaveAttribute("aria-busy", "true");
  });

  test("a form whose page was not left after all can be sent again", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "billing/api-key");
    await consoleIsAlive(page);
    await page.getByLabel("New value").pressSequentially("half a value");
    const signOut = page.getByRole("button", { name: "Sign out" });
    page.once("dialog", (dialog) => void dialog.dismiss());
    await signOut.click();
    await expect(page.locator("form[data-busy]")).toHaveCount(0);
    page.once("dialog", (dialog) => void dialog.accept());
    await signOut.click();
    await expect(page).toHaveURL("/signed-out");
  });

  test("each submission takes away what the last one said", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await openSecret(page, "identity/api-key");
    await consoleIsAlive(page);
    await page.getByLabel("New value").fill("a new value");
    await page.getByRole("button", { name: "Rotate" }).click();
    await expect(message(page, "Value changed; this is version")).toBeVisible();
    await page.getByLabel("New value").fill("x".repeat(70_000));
    await page.getByRole("button", { name: "Rotate" }).click();
    await expect(page.getByText("A value may have at most 65,536 bytes.")).toBeVisible();
    await expect(message(page, "Value changed; this is version")).toHaveCount(0);

    await page.route("**/secrets/**", (route) =>
      route.request().method() === "POST"
        ? route.fulfill({ status: 403, contentType: "application/json", body: '{"sentence":"You may not do this."}' })
        : route.continue(),
    );
    await page.getByLabel("New value").fill("another one");
    await page.getByRole("button", { name: "Rotate" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "You may not do this." })).toBeVisible();
    await expect(page.getByText("A value may have at most 65,536 bytes.")).toHaveCount(0);
    await expect(page.getByLabel("New value")).not.toHaveAttribute("aria-invalid", "true");
  });

  test("links to lists are prefetched, and links to secrets are not", async ({ page, signIn }) => {
    await signIn(page, "omar");
    await page.goto("/settings");
    const rules = await page.locator('script[type="speculationrules"]').textContent();
    expect(JSON.parse(rules ?? "")).toEqual({
      prefetch: [{ where: { selector_matches: "a[data-prefetch]" }, eagerness: "moderate" }],
    });
    await expect(page.getByRole("link", { name: "Secrets" })).toHaveAttribute("data-prefetch", "");
    await page.goto("/secrets");
    await expect(page.getByRole("row").nth(1).getByRole("link")).not.toHaveAttribute("data-prefetch", /.*/);
  });
});
