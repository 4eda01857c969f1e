// Every page in every state that a person can bring about, for the tests that look at all of them.
import { expect } from "@playwright/test";
import { openSecret } from "./browser.ts";
import { at, documentAfter, type Stop } from "./stop.ts";
import { rotateTo } from "./value.ts";

/** The pages of whoever is not signed in. */
export const ofVisitors: Stop[] = [
  at("sign-in", "/sign-in"),
  {
    name: "sign-in with an error",
    status: 422,
    open: async (page) => {
      await page.goto("/sign-in");
      await page.getByLabel("Name", { exact: true }).fill("nobody");
      await page.getByLabel("Password", { exact: true }).fill("nothing");
      return documentAfter(page, () => page.getByRole("button", { name: "Sign in", exact: true }).click());
    },
  },
  at("set-up, which is done", "/set-up?code=none", 404),
  at("a delivery that does not count", "/collect?code=none", 422),
  at("an invitation that does not count", "/invitation?code=none", 422),
  at("signed out", "/signed-out"),
  at("a session that was ended", "/signed-out?why=revoked&next=%2Fsecrets"),
  at("an address that does not exist", "/no/such/page", 404),
];

/** The pages of omar, who is an operator. */
export const ofOmar: Stop[] = [
  at("overview", "/"),
  at("search", "/search"),
  at("search with results", "/search?q=billing"),
  at("search without results", "/search?q=no-such-word"),
  at("secrets", "/secrets"),
  at("secrets, the last page", "/secrets?page=2"),
  at("secrets, filtered", "/secrets?name=billing&environment=dev&sort=-updated"),
  at("secrets, none of which match", "/secrets?name=no-such-name"),
  at("secrets in a folder", "/secrets?folder=billing"),
  at("archived secrets", "/secrets?state=archived"),
  at("no selected secrets", "/secrets/selected?what=archive"),
  {
    name: "selected secrets",
    status: 200,
    open: async (page) => {
      await page.goto("/secrets?environment=dev");
      await page.getByRole("checkbox").first().check();
      return documentAfter(page, () => page.getByRole("button", { name: "Add tags…" }).click());
    },
  },
  {
    name: "a copy of a secret",
    status: 200,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      return documentAfter(page, () => page.getByRole("link", { name: "Make a copy…" }).click());
    },
  },
  at("a folder at a point in time", "/secrets/past?environment=dev&folder=billing&at=2020-01-01"),
  {
    name: "secret",
    status: 200,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      return page.reload();
    },
  },
  {
    name: "secret with a new value that is refused",
    status: 422,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      await rotateTo(page, "");
      return documentAfter(page, () => page.getByRole("button", { name: "Rotate" }).click());
    },
  },
  {
    name: "secret that was just rotated",
    status: 200,
    open: async (page) => {
      await openSecret(page, "search/api-key");
      await rotateTo(page, "a new value");
      return documentAfter(page, () => page.getByRole("button", { name: "Rotate" }).click());
    },
  },
  {
    name: "secret with a new name that is refused",
    status: 422,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      await page.getByLabel("Name", { exact: true }).fill("no good name!");
      return documentAfter(page, () => page.getByRole("button", { name: "Rename" }).click());
    },
  },
  {
    name: "access to a secret",
    status: 200,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      return documentAfter(page, () => page.getByRole("link", { name: "Access" }).click());
    },
  },
  {
    name: "readers of a secret",
    status: 200,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      return documentAfter(page, () => page.getByRole("link", { name: "Readers" }).click());
    },
  },
  {
    name: "a delivery of a secret",
    status: 200,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      return documentAfter(page, () => page.getByRole("link", { name: "Deliver once…" }).click());
    },
  },
  at("rotation", "/secrets/rotation"),
  at("rotation, without a period", "/secrets/rotation?state=none&folder=billing"),
  {
    name: "consumers of a secret",
    status: 200,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      return documentAfter(page, () => page.getByRole("link", { name: "Consumers" }).click());
    },
  },
  at("an import", "/secrets/import"),
  at("deliveries", "/deliveries"),
  at("a new delivery", "/deliveries/add"),
  {
    name: "versions of a secret",
    status: 200,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      return documentAfter(page, () => page.getByRole("link", { name: "Versions" }).click());
    },
  },
  {
    name: "a secret that is edited",
    status: 200,
    open: async (page) => {
      await openSecret(page, "billing/api-key");
      return documentAfter(page, () => page.getByRole("link", { name: "Edit" }).click());
    },
  },
  at("their own sessions", "/sessions"),
  at("inbox", "/inbox"),
  at("ways to sign in", "/settings/methods"),
  at("settings", "/settings"),
  at("confirm", "/confirm?next=%2Fsettings"),
  {
    name: "confirm with an error",
    status: 422,
    open: async (page) => {
      await page.goto("/confirm?next=%2Fsettings");
      await page.getByLabel("Password for omar").fill("wrong");
      return documentAfter(page, () => page.getByRole("button", { name: "Confirm" }).click());
    },
  },
  at("sign-out", "/sign-out"),
  at("a secret that does not exist", "/secrets/00000000000000000000000001", 404),
];

/** The pages of quinn, who is an auditor. */
export const ofQuinn: Stop[] = [
  at("routes", "/access/routes"),
  at("everybody's sessions", "/access/sessions"),
  at("ledger", "/access/ledger"),
  at("charts of the ledger", "/access/ledger/charts?over=week"),
  at("ledger, none of which matches", "/access/ledger?who=no-such-name&decision=refused&from=2026-11-24T09%3A30"),
  {
    name: "receipt",
    status: 200,
    open: async (page) => {
      await page.goto("/access/ledger");
      return documentAfter(page, () => page.getByRole("rowheader").getByRole("link").first().click());
    },
  },
];

/** The pages of ada, who is an administrator. */
export const ofAda: Stop[] = [
  at("overview of an administrator", "/"),
  at("people", "/access/identities"),
  at("people, none of whom matches", "/access/identities?matching=no-such-name"),
  at("a new person", "/access/identities/add"),
  {
    name: "a new person who was added",
    status: 200,
    open: async (page) => {
      await page.goto("/access/identities/add");
      await page.getByLabel("Name", { exact: true }).fill("Maximiliane Freifrau von Hohenstaufen-Wittelsbach-Donnersmarck عمر حداد");
      await page.getByLabel("Sign-in name").fill(`m${"x".repeat(50)}${Date.now()}`);
      return documentAfter(page, () => page.getByRole("button", { name: "Add and make an invitation" }).click());
    },
  },
  {
    name: "a person",
    status: 200,
    open: async (page) => {
      await page.goto("/access/identities?matching=omar");
      return documentAfter(page, () => page.getByRole("link", { name: "Omar Haddad" }).click());
    },
  },
  at("machines", "/access/machines"),
  {
    name: "a machine",
    status: 200,
    open: async (page) => {
      await page.goto("/access/machines/add");
      await page.getByLabel("Name", { exact: true }).fill("Maximiliane Freifrau von Hohenstaufen-Wittelsbach-Donnersmarck عمر حداد");
      await page.getByLabel("Sign-in name", { exact: true }).fill(`m${"y".repeat(50)}${Date.now()}`);
      await page.getByLabel("Owner’s sign-in name").fill("ada");
      await page.getByLabel("What it is for").fill("Maximiliane Freifrau von Hohenstaufen-Wittelsbach-Donnersmarck عمر حداد");
      await page.getByLabel("Environment").selectOption("dev");
      return documentAfter(page, () => page.getByRole("button", { name: "Add the machine" }).click());
    },
  },
  at("a new machine", "/access/machines/add"),
  at("groups", "/access/groups"),
  {
    name: "a group",
    status: 200,
    open: async (page) => {
      await page.goto("/access/groups");
      await page.getByLabel("Name", { exact: true }).fill(`g${"x".repeat(40)}${Date.now()}`);
      await page.getByLabel("What it is for").fill("Maximiliane Freifrau von Hohenstaufen-Wittelsbach-Donnersmarck عمر حداد");
      return documentAfter(page, () => page.getByRole("button", { name: "Add the group" }).click());
    },
  },
  at("an export of values", "/secrets/export"),
  at("canaries", "/secrets/canaries"),
  at("a second factor that is missing", "/confirm?next=%2F&for=environment.edit&lacks=second-factor"),
  at("roles", "/access/roles"),
  at("a built-in role", "/access/roles/operator"),
  {
    name: "a new role",
    status: 200,
    open: async (page) => {
      await page.goto("/access/roles");
      await page.getByLabel("Name", { exact: true }).fill(`r${"x".repeat(40)}${Date.now()}`);
      await page.getByLabel("Start with").selectOption("operator");
      return documentAfter(page, () => page.getByRole("button", { name: "Add the role" }).click());
    },
  },
  at("who holds a permission", "/access/permissions?permission=secret.reveal&within=dev"),
  at("unused roles", "/access/permissions/unused"),
  at("environments", "/access/environments"),
  at("an environment", "/access/environments/production"),
  at("a new secret", "/secrets/add"),
  at("ways to sign in of others", "/access/methods/reset"),
  at("sessions to end", "/access/sessions/end"),
  at("a preview of what ends", "/access/sessions/end?by=identity&what=ada"),
  {
    name: "sessions to end, with an error",
    status: 422,
    open: async (page) => {
      await page.goto("/access/sessions/end?by=identity&what=ada");
      await page.getByLabel(/Type “ada”/).fill("somebody");
      return documentAfter(page, () => page.getByRole("button", { name: "End these sessions" }).click());
    },
  },
  {
    name: "how fast an ending held",
    status: 200,
    open: async (page) => {
      await page.goto("/access/sessions/end?by=identity&what=ada");
      await page.getByLabel(/Type “ada”/).fill("ada");
      const shown = await documentAfter(page, () => page.getByRole("button", { name: "End these sessions" }).click());
      // Until then the page loads itself again.
      await expect(page.getByText("Still measuring")).toHaveCount(0);
      return shown;
    },
  },
];

/** The pages of noor, who has no role. */
export const ofNoor: Stop[] = [at("overview of whoever has no role", "/"), at("a page that is not allowed", "/secrets", 403)];
