#!/usr/bin/env node
// site.mjs MODE BINDGEN SITE HASHES: puts together the site that the server serves.
// BINDGEN holds the module and its script. In release MODE all is made small, and compressed beside. The names carry hashes, which HASHES lists.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";

const [mode, bindgen, site, hashes] = process.argv.slice(2);
const release = mode === "release";
// What scripts/setup installed.
const installed = createRequire(join(process.env.TOOLS, "lib", "node_modules", "/"));

/** The imports in one file, and what older browsers lack put into words they know. */
function style() {
  const { bundle } = installed("lightningcss");
  const version = (major, minor = 0) => (major << 16) | (minor << 8);
  const targets = { chrome: version(109), firefox: version(115), ios_saf: version(16, 4), safari: version(16, 4) };
  return bundle({ filename: "style/main.css", minify: release, targets }).code;
}

function script() {
  const written = readFileSync(join(bindgen, "doorward.js"));
  if (!release) return written;
  return installed("esbuild").transformSync(written, { format: "esm", minify: true }).code;
}

function module() {
  const written = join(bindgen, "doorward_bg.wasm");
  if (!release) return readFileSync(written);
  const small = join(bindgen, "small.wasm");
  execFileSync("wasm-opt", ["-Oz", "--enable-bulk-memory", "--enable-nontrapping-float-to-int", written, "-o", small], { stdio: "inherit" });
  return readFileSync(small);
}

// The old site stays until the new one is complete.
const next = `${site}.next`;
rmSync(next, { recursive: true, force: true });
mkdirSync(join(next, "pkg"), { recursive: true });
cpSync("public", next, { recursive: true });

const lines = [];
for (const [kind, content] of [["js", script()], ["wasm", module()], ["css", style()]]) {
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 22);
  const file = join(next, "pkg", `doorward.${hash}.${kind}`);
  writeFileSync(file, content);
  if (release) writeFileSync(`${file}.br`, brotliCompressSync(content));
  lines.push(`${kind}: ${hash}\n`);
}
rmSync(site, { recursive: true, force: true });
renameSync(next, site);
writeFileSync(hashes, lines.join(""));
