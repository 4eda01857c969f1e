import { defineConfig } from "@playwright/test";

// `make test` names a Chromium; Playwright's own build is never downloaded.
const executablePath = process.env.DOORWARD_CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "tests",
  forbidOnly: Boolean(process.env.CI),
  // One server with one database is behind the tests of a project, and a flaky test is a failing one.
  workers: 1,
  retries: 0,
  // A guard against hanging, and no promise: a test waits for what happens, however busy the machine is. Figures belong to bench/.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  // The JSON goes to the file that PLAYWRIGHT_JSON_OUTPUT_FILE names.
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [["list"], ["json"]] : [["list"]],
  use: {
    browserName: "chromium",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
  // Everything a person does works without JavaScript: the same tests say so.
  projects: [
    { name: "javascript", use: { javaScriptEnabled: true } },
    { name: "no-javascript", use: { javaScriptEnabled: false } },
  ],
});
