// Step-up: a person confirms who they are, and the session goes on under a new handle.
import { expect, test } from "../../support/fixtures.ts";
import { handleOf } from "../../support/browser.ts";

test.use({ serverFor: "confirm" });

// Under a new handle.
test("a wrong password confirms nothing; the right one leads on", async ({ page, request, server, signIn }) => {
  await signIn(page, "vera");
  const first = await handleOf(page);
  await page.goto("/confirm?next=%2Fsettings");
  await expect(page.getByRole("heading", { level: 1, name: "Confirm it is you" })).toBeVisible();

  await page.getByLabel("Password for vera").fill("not the password");
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Confirm" }).click();
  expect((await answered).status()).toBe(422);
  await expect(page.getByRole("alert")).toHaveText("That password does not match.");
  await expect(page.getByLabel("Password for vera")).toHaveValue("");
  await expect(page).toHaveURL("/confirm?next=%2Fsettings");
  expect(await handleOf(page)).toBe(first);

  await page.getByLabel("Password for vera").fill(server.signIns.get("vera")!.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page).toHaveURL("/settings");
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
  const second = await handleOf(page);
  expect(second).not.toBe(first);

  const replayed = await request.get("/settings", { headers: { cookie: first }, maxRedirects: 0 });
  expect(replayed.status()).toBe(303);
});

test("who does not want to confirm goes back where they came from", async ({ page, signIn }) => {
  await signIn(page, "vera");
  await page.goto("/confirm?next=%2Fsettings");
  await page.getByRole("link", { name: "Not now" }).click();
  await expect(page).toHaveURL("/settings");
});

test("confirmation does not lead off this site", async ({ page, server, signIn }) => {
  await signIn(page, "vera");
  await page.goto(`/confirm?next=${encodeURIComponent("//evil.example")}`);
  await page.getByLabel("Password for vera").fill(server.signIns.get("vera")!.password);
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  expect(new URL(page.url()).origin).toBe(server.url);
});

test("whoever lacks a second factor is led to set one up", async ({ page, signIn }) => {
  await signIn(page, "ada");
  await page.goto("/confirm?next=%2Faccess%2Fenvironments&for=environment.edit&lacks=second-factor");
  await expect(page.getByRole("heading", { level: 1, name: "You need a second factor" })).toBeVisible();
  await expect(page.getByLabel(/Password/)).toHaveCount(0);
  await page.getByRole("link", { name: "Set up a second factor" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Ways to sign in" })).toBeVisible();
  await page.goBack();
  await page.getByRole("link", { name: "Not now" }).click();
  await expect(page).toHaveURL("/access/environments");
});
