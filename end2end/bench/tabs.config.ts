import { defineConfig } from "@playwright/test";
import usual from "../playwright.config.ts";

export default defineConfig({
  ...usual,
  testDir: ".",
  testMatch: "*.bench.ts",
  reporter: [["line"]],
  projects: [{ name: "javascript", use: { javaScriptEnabled: true } }],
});
