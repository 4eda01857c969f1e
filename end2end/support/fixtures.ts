// `test` for every browser test: a server with demo data behind it, and a way in through the real form.
import { test as base, expect, type Page } from "@playwright/test";
import { isMeasured } from "./browser.ts";
import { startServer, type Server } from "./server.ts";

interface Fixtures {
  /** Signs in through the page's form, as a person does. */
  signIn: (page: Page, name: string) => Promise<void>;
}

interface WorkerFixtures {
  /** A name here gives a file a server of its own: one address may try to sign in only 30 times in a row. */
  serverFor: string;
  /** More options of the server, such as `--xray`. */
  serverOptions: string[];
  server: Server;
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  serverFor: ["everyone", { option: true, scope: "worker" }],
  serverOptions: [[], { option: true, scope: "worker" }],

  server: [
    async ({ serverOptions }, use) => {
      const server = await startServer(serverOptions);
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 300_000 },
  ],

  page: async ({ page }, use, test) => {
    await use(page);
    if (test.status === test.expectedStatus && !page.isClosed()) await isMeasured(page);
  },

  baseURL: async ({ server }, use) => use(server.url),

  signIn: async ({ server }, use) => {
    await use(async (page, name) => {
      const known = server.signIns.get(name);
      if (!known) throw new Error(`No demo sign-in is named ${name}; there are ${[...server.signIns.keys()].join(", ")}.`);
      await page.goto("/sign-in");
      await page.getByLabel("Name", { exact: true }).fill(known.name);
      await page.getByLabel("Password", { exact: true }).fill(known.password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await expect(page).not.toHaveURL(/\/sign-in/);
    });
  },
});

export { expect };
