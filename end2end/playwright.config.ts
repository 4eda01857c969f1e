import { defineConfig } from "@playwright/test";

// `make test` names a Chromium; Playwright's own build is never downloaded.
const executablePath = process.env.DOORWARD_CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "tests",
  forbidOnly: Boolean(process.env.CI),
  // Each file has a server and a database of its own, so files may run side by side. A flaky test is a failing one.
  workers: 2,
  retries: 0,
  // A guard against hanging, and no promise: a test waits for what happens, however busy the machine is. Figures belong to bench/.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  // The JSON goes to the file that PLAYWRIGHT_JSON_OUTPUT_FILE names.
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ? [["list"], ["json"]] : [["list"]],
  use: {
    browserName: "chromium",
    // The pages as they were, and no film of them: that costs each test a fifth of its time.
    trace: { mode: "retain-on-failure", screenshots: false },
    screenshot: "only-on-failure",
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
