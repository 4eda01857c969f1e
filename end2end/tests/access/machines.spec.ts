// A machine from its first day to its last: added, given a client secret, used by the API, and cut off.
import { generateKeyPairSync, sign } from "node:crypto";
import type { Page } from "@playwright/test";
import { expect, test } from "../../support/fixtures.ts";

test.use({ serverFor: "people" });

/** Adds one that ada owns. */
async function addMachine(page: Page, display: string, name: string): Promise<void> {
  await page.getByRole("link", { name: "Machines" }).click();
  await page.getByRole("link", { name: "Add a machine…" }).click();
  await page.getByLabel("Name", { exact: true }).fill(display);
  await page.getByLabel("Sign-in name", { exact: true }).fill(name);
  await page.getByLabel("Owner’s sign-in name").fill("ada");
  await page.getByLabel("What it is for").fill("Deploys the billing service.");
  await page.getByLabel("Environment").selectOption("staging");
  await page.getByRole("button", { name: "Add the machine" }).click();
  await expect(page.getByText(new RegExp(`${name} was added`))).toBeVisible();
}

test("a machine works until its credential is revoked", async ({ page, signIn, request, server }) => {
  await signIn(page, "ada");
  await addMachine(page, "Billing pipeline", "ci-billing");
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

test("a machine signs in with a key pair", async ({ page, signIn, request, server, javaScriptEnabled }) => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  await signIn(page, "ada");
  const name = javaScriptEnabled === false ? "signer-without" : "signer";
  await addMachine(page, "Signer", name);
  await page.getByLabel("Where it is used").fill("the runner");
  await page.getByLabel("Public key").fill(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  await page.getByRole("button", { name: "Add the public key" }).click();
  const field = page.getByLabel("Public key");
  await expect(field).toHaveAccessibleDescription(/This is a private key/);
  await expect(field).toHaveValue("");
  await field.fill(publicKey.export({ type: "spki", format: "pem" }).toString());
  await page.getByRole("button", { name: "Add the public key" }).click();
  await expect(page.getByText("The public key is added.")).toBeVisible();

  const row = page.getByRole("row", { name: /the runner/ });
  const credential = /id ([0-9a-z]{26})/.exec(await row.innerText())?.[1] ?? "";
  const { challenge, origin } = await (await request.post(`${server.url}/api/v1/challenges`)).json();
  const signed = `doorward session 1\n${origin}\n${credential}\n${challenge}\n`;
  const signature = sign(null, Buffer.from(signed), privateKey).toString("base64");
  const begun = await request.post(`${server.url}/api/v1/sessions`, { data: { credential, challenge, signature } });
  expect(begun.status()).toBe(201);
});
