// `make screenshots`: a picture of every page, in three widths, light and dark, into the folder that SCREENSHOTS names.
import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  testDir: "screenshots",
  workers: 1,
  reporter: [["line"]],
  projects: [{ name: "pictures", use: { javaScriptEnabled: true } }],
});
