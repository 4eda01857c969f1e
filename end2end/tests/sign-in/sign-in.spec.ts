// How a session begins.
import { expect, test } from "../../support/fixtures.ts";

test.use({ serverFor: "sign-in" });

const PROTECTED = ["/", "/secrets", "/secrets/00000000000000000000000001", "/settings", "/confirm", "/sign-out"];

test("a person who signs in reaches the address they asked for", async ({ page, server }) => {
  const vera = server.signIns.get("vera")!;
  await page.goto("/secrets?environment=dev");
  await expect(page).toHaveURL("/sign-in?next=%2Fsecrets%3Fenvironment%3Ddev");

  await page.getByLabel("Name", { exact: true }).fill(vera.name);
  await page.getByLabel("Password", { exact: true }).fill(vera.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();

  await expect(page).toHaveURL("/secrets?environment=dev");
  await expect(page.getByRole("heading", { level: 1, name: "Secrets" })).toBeVisible();
  await expect(page.getByRole("list", { name: "You" })).toContainText("Vera Lindqvist");
});

// One alert; the name is kept, the password is not.
test("an unknown name and a wrong password are answered alike", async ({ page }) => {
  const said: string[] = [];
  for (const name of ["vera", "nobody"]) {
    await page.goto("/sign-in?next=%2Fsettings");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    expect((await answered).status()).toBe(422);

    await expect(page.getByRole("alert")).toHaveText("Wrong name or password.");
    await expect(page.getByLabel("Name", { exact: true })).toHaveValue(name);
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
    expect(await page.content()).not.toContain("not the password");
    await expect(page).toHaveURL("/sign-in?next=%2Fsettings");
    said.push((await page.getByRole("main").innerText()).replaceAll(name, "NAME"));
  }
  expect(said[0]).toBe(said[1]);
});

test("who failed once may try again and still reaches the address", async ({ page, server }) => {
  await page.goto("/sign-in?next=%2Fsettings");
  for (const password of ["not the password", server.signIns.get("vera")!.password]) {
    await page.getByLabel("Name", { exact: true }).fill("vera");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  }
  await expect(page).toHaveURL("/settings");
});

for (const address of PROTECTED) {
  // The answer holds nothing.
  test(`a visitor is led from ${address} to sign-in`, async ({ page, request }) => {
    const signIn = `/sign-in?next=${encodeURIComponent(address)}`;
    const answer = await request.get(address, { maxRedirects: 0 });
    expect(answer.status()).toBe(303);
    expect(answer.headers()["location"]).toBe(signIn);
    expect(await answer.text()).toBe("");

    await page.goto(address);
    await expect(page).toHaveURL(signIn);
    await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
    await expect(page.getByRole("navigation")).toHaveCount(0);
  });
}

for (const next of ["//evil.example", "/\\evil.example", "https://evil.example/", "/%09/evil.example", "javascript:alert(1)"]) {
  test(`sign-in does not lead off this site to ${next}`, async ({ page, server }) => {
    const vera = server.signIns.get("vera")!;
    const elsewhere: string[] = [];
    page.on("request", (asked) => {
      if (new URL(asked.url()).origin !== server.url) elsewhere.push(asked.url());
    });
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.getByLabel("Name", { exact: true }).fill(vera.name);
    await page.getByLabel("Password", { exact: true }).fill(vera.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();

    await expect(page.getByRole("list", { name: "You" })).toContainText("Vera Lindqvist");
    expect(new URL(page.url()).origin).toBe(server.url);
    expect(elsewhere).toEqual([]);
  });
}
