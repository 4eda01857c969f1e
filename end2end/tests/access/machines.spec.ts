// A machine from its first day to its last: added, given a client secret, used by the API, and cut off.
import { expect, test } from "../../support/fixtures.ts";

test.use({ serverFor: "people" });

test("a machine works until its credential is revoked", async ({ page, signIn, request, server }) => {
  await signIn(page, "ada");
  await page.getByRole("link", { name: "Machines" }).click();
  await page.getByRole("link", { name: "Add a machine…" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Billing pipeline");
  await page.getByLabel("Sign-in name", { exact: true }).fill("ci-billing");
  await page.getByLabel("Owner’s sign-in name").fill("ada");
  await page.getByLabel("What it is for").fill("Deploys the billing service.");
  await page.getByLabel("Environment").selectOption("staging");
  await page.getByRole("button", { name: "Add the machine" }).click();
  await expect(page.getByText(/ci-billing was added/)).toBeVisible();

  await page.getByLabel("Where it is used").fill("the pipeline");
  await page.getByRole("button", { name: "Make a client secret" }).click();
  const secret = await page.getByRole("status", { name: "Client secret" }).textContent();
  expect(secret).toMatch(/^dw_[A-Za-z0-9_-]{49}$/);
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const begun = await request.post(`${server.url}/api/v1/sessions`, bearer(secret ?? ""));
  expect(begun.status()).toBe(201);
  const { token } = await begun.json();
  expect((await request.get(`${server.url}/api/v1/whoami`, bearer(token))).status()).toBe(200);

  await page.getByRole("link", { name: "All machines" }).click();
  await expect(page.getByRole("row", { name: /Billing pipeline/ })).toContainText("Healthy");
  await page.getByRole("link", { name: "Billing pipeline" }).click();
  await expect(page.getByText(secret ?? "")).toHaveCount(0);
  await page.getByRole("button", { name: "Revoke the pipeline" }).click();
  await expect(page.getByText("The credential is revoked, and the sessions that came from it have ended.")).toBeVisible();
  expect((await request.get(`${server.url}/api/v1/whoami`, bearer(token))).status()).toBe(401);
});
