// Passkeys, with an authenticator that Chromium makes up (WebDriver's virtual authenticators, by CDP).
import type { Page } from "@playwright/test";
import { expect, test } from "../../support/fixtures.ts";
import { confirmationFor, consoleIsAlive, countDocuments } from "../../support/browser.ts";

test.use({
  serverFor: "passkeys",
  // A passkey is bound to a host's name, and an address has none.
  baseURL: async ({ server }, use) => use(server.url.replace("127.0.0.1", "localhost")),
});
test.skip(({ javaScriptEnabled }) => !javaScriptEnabled, "WebAuthn needs JavaScript");

/** Gives the browser an authenticator that says yes by itself. */
async function addAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

const message = (page: Page, text: string) => page.getByRole("status").filter({ hasText: text });

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/signed-out/);
}

async function addPasskey(page: Page, name: string): Promise<void> {
  await page.goto("/settings/methods");
  await page.getByLabel("Name of the new passkey").fill(name);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(message(page, "Your passkey is added.")).toBeVisible();
  await expect(page.getByRole("row", { name: new RegExp(name) })).toContainText("never");
}

// It signs in without a name, and counts no more once it is removed.
test("a passkey is added, signs in, confirms and is removed", async ({ page, signIn }) => {
  await addAuthenticator(page);
  await signIn(page, "omar");
  await addPasskey(page, "Laptop");

  await test.step("it signs in without a name", async () => {
    await signOut(page);
    await page.goto("/sign-in?next=%2Fsecrets");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await expect(page).toHaveURL("/secrets");
    await expect(page.getByRole("list", { name: "You" })).toContainText("Omar Haddad");
    await expect(page.getByRole("list", { name: "You" })).toContainText("by passkey");
  });

  await test.step("it confirms", async () => {
    await page.goto("/confirm?next=%2Fsettings");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await expect(page).toHaveURL("/settings");
  });

  await test.step("after the password it is asked for too", async () => {
    await signOut(page);
    await signIn(page, "omar");
    await expect(page).toHaveURL("/confirm?next=%2F");
    await expect(page.getByLabel(/^Password for/)).toHaveCount(0);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  });

  await test.step("removed, it counts no more", async () => {
    await page.goto("/settings/methods");
    await page.getByRole("button", { name: "Remove the passkey Laptop" }).click();
    await expect(message(page, "The passkey is removed.")).toBeVisible();
    await signOut(page);
    await page.goto("/sign-in");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await expect(page.getByRole("alert")).toHaveText("That passkey was not accepted. Try again, or sign in with your password.");
    await signIn(page, "omar");
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  });
});

test("a passkey confirms in the dialog, and what was asked goes on", async ({ page, signIn }) => {
  await addAuthenticator(page);
  await signIn(page, "ada");
  await addPasskey(page, "Key");
  await page.goto("/access/sessions/end?by=identity&what=ada");
  await consoleIsAlive(page);
  const documents = countDocuments(page);
  const onward = confirmationFor(page, "session.revoke");
  const isPost = (url: URL) => url.pathname === "/access/sessions/end";
  // As the server answers five minutes after a sign-in.
  await page.route(isPost, (route) => route.fulfill({ status: 401, json: { sentence: "", onward, failure: "" } }), { times: 1 });
  await page.getByLabel(/Type “ada”/).fill("ada");
  await page.getByRole("button", { name: "End these sessions" }).click();
  const dialog = page.getByRole("dialog", { name: "Confirm it is you" });
  await expect(dialog).toContainText("To end these sessions");
  const use = dialog.getByRole("button", { name: "Use a passkey" });
  await expect(use).toBeFocused();
  await expect(dialog.getByRole("link", { name: "Not now" })).toBeVisible();

  await page.route("**/passkeys/challenge", (route) => route.abort(), { times: 1 });
  await use.click();
  await expect(dialog.getByRole("alert")).toHaveText("Cancelled, or this device has a passkey already.");
  expect(documents()).toBe(0);
  await use.click();
  await expect(page).toHaveURL(/\/access\/revocations\//);
  await expect(page.getByText("No session has ended")).toHaveCount(0);
});

test("the dialog offers a passkey and other ways, and closes", async ({ page, signIn }) => {
  await addAuthenticator(page);
  await signIn(page, "noor");
  await addPasskey(page, "Key");
  await page.getByRole("button", { name: "Make recovery codes" }).click();
  await expect(page.getByText("They are shown this once.")).toBeVisible();
  await page.goto("/settings/methods");
  await consoleIsAlive(page);
  const onward = confirmationFor(page, "methods.make_recovery_codes");
  const isMethods = (url: URL) => url.pathname === "/settings/methods";
  await page.route(isMethods, (route) => route.fulfill({ status: 401, json: { sentence: "", onward, failure: "" } }), { times: 2 });
  await page.getByRole("button", { name: "Make new recovery codes" }).click();
  const dialog = page.getByRole("dialog", { name: "Confirm it is you" });
  await expect(dialog.getByRole("button", { name: "Use a passkey" })).toBeFocused();
  await expect(dialog.getByLabel("Recovery code")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);

  await page.getByRole("button", { name: "Make new recovery codes" }).click();
  await dialog.getByRole("button", { name: "Use a passkey" }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText("They are shown this once.")).toBeVisible();
});

// The field says so before the device is asked.
test("a passkey without a name is not added", async ({ page, signIn }) => {
  await addAuthenticator(page);
  await signIn(page, "vera");
  await page.goto("/settings/methods");
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await expect(page.getByLabel("Name of the new passkey")).toBeFocused();
  await expect(page).toHaveURL("/settings/methods");
  await expect(page.getByRole("table", { name: "Your passkeys" })).toHaveCount(0);
});

test("the browser's own page at an address offers none", async ({ page, server }) => {
  await page.goto(`${server.url}/sign-in`);
  await expect(page.getByLabel("Name", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toHaveCount(0);
});
