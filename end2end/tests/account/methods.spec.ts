// Ways to sign in: the password, one-time codes and recovery codes, with JavaScript and without.
import { AxeBuilder } from "@axe-core/playwright";
import { createHmac } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, test } from "../../support/fixtures.ts";
import { factOn, isMeasured } from "../../support/browser.ts";
import { scan } from "../../support/qr-code.ts";

test.use({ serverFor: "methods" });

const STEP = 30_000;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const NEW_PASSWORD = "seven quiet herons by the weir";

/** What an authenticator app shows at a moment (RFC 6238). */
function oneTimeCode(secret: string, at: number): string {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / STEP)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const code = (mac.readUInt32BE(mac.readUInt8(19) & 15) & 0x7fffffff) % 1_000_000;
  return String(code).padStart(6, "0");
}

const message = (page: Page, text: string | RegExp) => page.getByRole("status").filter({ hasText: text });

async function openMethods(page: Page): Promise<void> {
  await page.goto("/settings");
  await page.getByRole("link", { name: "Ways to sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Ways to sign in" })).toBeVisible();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/signed-out/);
}

/** Sets one-time codes up, and answers with the secret that the app was given and the code that was used. */
async function setUpCodes(page: Page): Promise<{ secret: string; used: string }> {
  await openMethods(page);
  await page.getByRole("button", { name: "Set up one-time codes" }).click();
  await expect(page.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
  const secret = await page.locator(".set-up-codes code.value").innerText();
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  const used = oneTimeCode(secret, Date.now());
  await page.getByLabel("Code", { exact: true }).fill(used);
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(message(page, "One-time codes are on.")).toBeVisible();
  return { secret, used };
}

async function confirmWith(page: Page, code: string): Promise<void> {
  await expect(page.getByRole("heading", { level: 1, name: "Confirm it is you" })).toBeVisible();
  await page.getByLabel("Code", { exact: true }).fill(code);
  await page.getByRole("button", { name: "Confirm" }).click();
}

// One that was not used before.
test("one-time codes are set up, and each sign-in asks for one", async ({ page, signIn }) => {
  await signIn(page, "vera");
  const { secret, used } = await setUpCodes(page);
  await signOut(page);

  await signIn(page, "vera");
  await expect(page).toHaveURL("/confirm?next=%2F");
  await expect(page.getByLabel(/^Password for/)).toHaveCount(0);
  await page.goto("/secrets");
  await expect(page).toHaveURL("/confirm?next=%2Fsecrets");
  await confirmWith(page, used);
  await expect(page.getByRole("alert")).toHaveText("Wrong code, or already used.");
  // The next step's code counts already: clocks differ.
  await confirmWith(page, oneTimeCode(secret, Date.now() + STEP));
  await expect(page).toHaveURL("/secrets");
  await expect(page.getByRole("list", { name: "You" })).toContainText("by password and code");
});

// In each theme.
test("the QR code can be scanned on every screen and on paper", async ({ page, signIn }) => {
  await signIn(page, "noor");
  await openMethods(page);
  await page.getByRole("button", { name: "Set up one-time codes" }).click();
  const picture = page.locator(".qr");
  const uri = await page.getByRole("link", { name: "open it on this device" }).getAttribute("href");
  expect(uri).toMatch(/^otpauth:\/\/totp\//);
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 740 });
    for (const colorScheme of ["light", "dark"] as const) {
      for (const forcedColors of ["none", "active"] as const) {
        for (const media of ["screen", "print"] as const) {
          await page.emulateMedia({ colorScheme, forcedColors, media });
          expect.soft(await scan(picture), `${width} px, ${colorScheme}, forced colours ${forcedColors}, ${media}`).toBe(uri);
        }
      }
    }
  }
});

// The person is told.
test("a recovery code stands in once for a lost phone", async ({ page, signIn, javaScriptEnabled }) => {
  await signIn(page, "quinn");
  await setUpCodes(page);
  await page.getByRole("button", { name: "Make recovery codes" }).click();
  const codes = page.getByRole("list", { name: "Your recovery codes" }).getByRole("listitem");
  // On paper there are the codes, and whose they are, and nothing else.
  const whose = page.getByText(/^Doorward recovery codes of .* \(\w+\), made on /);
  await expect(whose).toBeHidden();
  await page.emulateMedia({ media: "print" });
  await expect(whose).toBeVisible();
  await expect(codes.first()).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeHidden();
  await page.emulateMedia({ media: "screen" });
  // The panel came by script, and its islands with it.
  for (const name of ["Copy", "Print"]) {
    await expect(page.getByRole("button", { name, exact: true })).toHaveCount(javaScriptEnabled === false ? 0 : 1);
  }
  await expect(codes).toHaveCount(10);
  const code = (await codes.first().innerText()).trim();
  await page.goto("/settings/methods");
  await expect(codes).toHaveCount(0);
  await expect(page.getByText("You have 10 left.")).toBeVisible();
  await signOut(page);

  await signIn(page, "quinn");
  await confirmWith(page, code.toUpperCase());
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await page.goto("/inbox");
  await expect(page.getByText("A recovery code of yours was used, and 9 are left.")).toBeVisible();
  await signOut(page);

  await signIn(page, "quinn");
  await confirmWith(page, code);
  await expect(page.getByRole("alert")).toBeVisible();
});

test("a new password is not a common one and ends other sessions", async ({ page, browser, server, signIn, javaScriptEnabled }) => {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: javaScriptEnabled ?? true });
  const other = await context.newPage();
  await signIn(other, "petra");
  await signIn(page, "petra");
  await openMethods(page);
  for (const [password, said] of [
    ["leavemealone", "This password is on the list of common passwords; choose another."],
    ["too short", "A password needs at least 12 characters."],
  ] as const) {
    await page.getByLabel("Current password", { exact: true }).fill(server.signIns.get("petra")!.password);
    await page.getByLabel("New password", { exact: true }).fill(password);
    await page.getByLabel("New password again").fill(password);
    await page.getByRole("button", { name: "Change password" }).click();
    await expect(page.getByLabel("New password", { exact: true })).toHaveAccessibleDescription(new RegExp(said));
    await expect(page.getByLabel("New password", { exact: true })).toHaveValue("");
  }
  await page.getByLabel("Current password", { exact: true }).fill(server.signIns.get("petra")!.password);
  await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByLabel("New password again").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Change password" }).click();
  await expect(message(page, "Your password is changed.")).toBeVisible();
  await other.goto("/");
  await expect(other).toHaveURL(/\/sign-in/);
  await context.close();

  await signOut(page);
  await page.goto("/sign-in");
  await page.getByLabel("Name", { exact: true }).fill("petra");
  await page.getByLabel("Password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("list", { name: "You" })).toContainText("Petra Novak");
});

// Before they remove those of others.
test("an administrator without a second factor is told to get one", async ({ page, signIn }) => {
  await signIn(page, "ada");
  await page.goto("/access/sessions");
  await page.getByRole("link", { name: "Remove second factors…" }).click();
  await expect(page.getByText("you cannot sign in as them")).toBeVisible();
  await page.getByRole("link", { name: "Set one up" }).click();
  await expect(page).toHaveURL("/settings/methods");
});

// The name of their owner is typed to confirm.
test("second factors of others are removed after a preview", async ({ page, browser, server, signIn, javaScriptEnabled }) => {
  const context = await browser.newContext({ baseURL: server.url, javaScriptEnabled: javaScriptEnabled ?? true });
  const theirs = await context.newPage();
  await signIn(theirs, "omar");
  await setUpCodes(theirs);
  await theirs.getByRole("button", { name: "Make recovery codes" }).click();
  await expect(theirs.getByRole("list", { name: "Your recovery codes" }).getByRole("listitem")).toHaveCount(10);
  await signIn(page, "ada");
  await setUpCodes(page);

  await page.goto("/access/methods/reset");
  const name = page.getByLabel("Sign-in name");
  for (const [typed, said] of [["no-such-person", "No one has the sign-in name “no-such-person”."], ["Ada", "This is your own name."]] as const) {
    await name.fill(typed);
    await page.getByRole("button", { name: "Preview" }).click();
    await expect(name).toHaveAccessibleDescription(new RegExp(said));
    await expect(page.getByRole("button", { name: "Remove second factors" })).toHaveCount(0);
  }
  await name.fill("omar");
  await page.getByRole("button", { name: "Preview" }).click();
  const preview = page.getByRole("region", { name: "What will change" });
  await expect(preview).toContainText("one-time codes and 10 recovery codes");
  await expect(factOn(page, "Sessions that end")).toHaveText("1");

  await page.getByLabel(/Type “omar”/).fill("petra");
  await page.getByRole("button", { name: "Remove second factors" }).click();
  await expect(page.getByLabel(/Type “omar”/)).toHaveAccessibleDescription("Type “omar” to confirm.");
  await theirs.goto("/settings");
  await expect(theirs).toHaveURL("/settings");

  await page.getByLabel(/Type “omar”/).fill("OMAR");
  await page.getByRole("button", { name: "Remove second factors" }).click();
  await expect(page).toHaveURL(/\/access\/revocations\//);
  await expect(message(page, /Removed from .*\(omar\): one-time codes and 10 recovery codes\. All their sessions have ended\./)).toBeVisible();
  await theirs.goto("/settings");
  await expect(theirs).toHaveURL(/\/sign-in/);
  await context.close();

  await isMeasured(page);
  await page.goto("/access/methods/reset?whose=omar");
  await expect(page.getByText("There is nothing to remove")).toBeVisible();
  await expect(page.getByRole("button", { name: "Remove second factors" })).toHaveCount(0);
});

test("an address without a name offers no passkeys", async ({ page, signIn }) => {
  await page.goto("/sign-in");
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toHaveCount(0);
  await signIn(page, "noor");
  await openMethods(page);
  await expect(page.getByText("Passkeys are not offered at this address.")).toBeVisible();
});

// Small: 360 pixels.
test("each state is sound for a screen reader and a small screen", async ({ page, signIn, javaScriptEnabled }) => {
  test.skip(!javaScriptEnabled, "axe needs JavaScript, and the pages are the same");
  test.slow();
  await page.setViewportSize({ width: 360, height: 740 });

  async function look(what: string): Promise<void> {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect.soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join()}`), what).toEqual([]);
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect.soft(overflow, what).toBeLessThanOrEqual(0);
  }

  await signIn(page, "omar");
  await openMethods(page);
  await look("nothing set up");
  await page.getByRole("button", { name: "Set up one-time codes" }).click();
  await expect(page.locator(".set-up-codes code.value")).toBeVisible();
  await look("an app is being set up");
  const secret = await page.locator(".set-up-codes code.value").innerText();
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByLabel("Code", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await look("a first code that is wrong");
  await page.getByLabel("Code", { exact: true }).fill(oneTimeCode(secret, Date.now()));
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByRole("status").filter({ hasText: "One-time codes are on." })).toBeVisible();
  await look("codes are on");
  await page.getByRole("button", { name: "Make recovery codes" }).click();
  await expect(page.getByRole("list", { name: "Your recovery codes" })).toBeVisible();
  await look("recovery codes are shown");
  await page.goto("/confirm?next=%2Fsettings");
  await look("a code is asked for");
});
