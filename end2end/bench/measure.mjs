#!/usr/bin/env node
// Measures candidates that serve the same page, side by side: what a browser loads first, and what a request costs.
//
// A candidate is NAME=FOLDER with an executable `start` (and `seed`, where its schema is its own, and candidate.json,
// where its sign-in is), or NAME=COMMAND; it gets PORT, HOST and DATABASE. NAME@CPUS=… gives it other processors.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { readCandidate, startServer, stopAll } from "./candidates.mjs";
import { check } from "./check.mjs";
import { firstLoad, pageSizes } from "./first-load.mjs";
import { load } from "./load.mjs";
import { fixedWork, peakMemory, quiet } from "./machine.mjs";
import { get, signIn } from "./requests.mjs";
import { median, number, print } from "./table.mjs";

const options = {
  rounds: 3,
  seconds: 8,
  warmup: 3,
  connections: 32,
  path: "/secrets",
  user: "user001", // may rotate
  other: "user050", // may not, and has other secrets
  password: "correct horse battery staple",
  "server-cpus": "0",
  "client-cpus": "1",
  patience: 30, // seconds to wait, before each run, for the machine to fall quiet
  database: "", // a seeded file, for candidates without a seed
  scratch: "",
};

// Percent of one processor that others may use while numbers are taken.
const QUIET = 10;

function readArguments() {
  const candidates = [];
  const rest = [];
  for (const text of process.argv.slice(2)) {
    const [, name, value] = /^--([a-z-]+)=(.*)$/s.exec(text) ?? [];
    if (name in options) options[name] = typeof options[name] === "number" ? Number(value) : value;
    else rest.push(text);
  }
  for (const text of rest) {
    const candidate = readCandidate(text, options["server-cpus"]);
    if (!candidate) throw new Error(`not understood: ${text}; options and their defaults: ${JSON.stringify(options)}`);
    candidates.push({ ...candidate, runs: [] });
  }
  if (candidates.length === 0) throw new Error("no candidate: say NAME=FOLDER or NAME=COMMAND");
  return candidates;
}

async function withServer(candidate, use) {
  const server = await startServer(candidate, options);
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

async function examine(candidate) {
  await withServer(candidate, async (server) => {
    const { wrong, covers, page } = await check(server, options);
    const signInPage = await get(server.port, candidate.signIn.path);
    Object.assign(candidate, {
      wrong,
      covers,
      page: pageSizes(page),
      loads: [
        [candidate.signIn.path, await firstLoad(server.port, candidate.signIn.path, signInPage)],
        [options.path, await firstLoad(server.port, options.path, page)],
      ],
    });
  });
  candidate.heavy = candidate.loads
    .filter(([, files]) => sum(files, "brotli") > candidate.firstLoadAtMost)
    .map(([at, files]) => `${at} loads ${sum(files, "brotli")} bytes first, and ${candidate.firstLoadAtMost} are allowed`);
}

const sum = (files, key) => files.reduce((total, file) => total + file[key], 0);

function printSizes(candidates) {
  const kinds = ["wasm", "js", "css"];
  print(
    ["first load", "files", ...kinds.map((kind) => `${kind}, brotli`), "all, raw", "all, brotli 11"],
    candidates.flatMap(({ name, loads }) =>
      loads.map(([at, files]) => [
        `${name} ${at}`,
        files.length,
        ...kinds.map((kind) => sum(files.filter((file) => file.kind === kind), "brotli")),
        sum(files, "raw"),
        sum(files, "brotli"),
      ]),
    ),
  );
  print(
    ["candidate", `HTML of ${options.path}, raw`, "gzip 6", "brotli 5", "checks passed"],
    candidates.map(({ name, page, wrong, covers }) => [name, page.raw, page.gzip, page.brotli, wrong.length ? "NO" : covers]),
  );
}

function auditRows(database) {
  const counted = spawnSync("sqlite3", ["-readonly", database, "select count(*) from audit"]);
  return counted.status === 0 ? Number(counted.stdout.toString()) : undefined;
}

async function measure(candidate) {
  await quiet(options.patience);
  const fixed = fixedWork(candidate.cpus);
  await withServer(candidate, async (server) => {
    const cookie = await signIn(server, options.user, options.password);
    if (options.warmup > 0) await load(server, cookie, options.warmup, options);
    const before = auditRows(server.database);
    const run = await load(server, cookie, options.seconds, options);
    const after = auditRows(server.database);
    const audited = before === undefined || after === undefined ? undefined : (after - before) / run.requests;
    candidate.runs.push({ ...run, audited, fixed, startMs: server.startMs, memory: peakMemory(server.pid) });
    if (run.bytesEach < candidate.page.raw * 0.95) candidate.wrong.push(`${Math.round(run.bytesEach)} bytes under load`);
    if (run.errors > 0) candidate.wrong.push(`${run.errors} requests failed`);
    console.error(
      `${candidate.name}: ${number(run.perSecond)} requests/s, p99 ${number(run.p99, 1)} ms, ${number(run.cpuEach)} µs CPU each, ` +
        `others ${number(run.others)} %, fixed work ${number(fixed)} ms`,
    );
  });
}

function printRuns(candidates) {
  const [first] = candidates;
  const middle = (candidate, key, digits) => number(median(candidate.runs.map((run) => run[key])), digits);
  // Within one round, since the host's speed drifts.
  const against = (candidate, key) => number(median(candidate.runs.map((run, round) => run[key] / first.runs[round][key])), 2);
  const range = ({ runs }) => {
    const all = runs.map((run) => run.perSecond);
    return `${number(Math.min(...all))}–${number(Math.max(...all))}`;
  };
  print(
    ["candidate", "record", "CPUs", "requests/s", "(range)", `× ${first.name}`, "CPU µs/request", `× ${first.name}`, "p50 ms", "p99 ms"],
    candidates.map((c) => [
      c.name, c.record, c.cpus, middle(c, "perSecond"), range(c), against(c, "perSecond"), middle(c, "cpuEach"),
      against(c, "cpuEach"), middle(c, "p50", 1), middle(c, "p99", 1),
    ]),
  );
  print(
    ["candidate", "audit rows/request", "failed", "peak memory MiB", "start ms", "others' CPU %", "fixed work ms"],
    candidates.map((c) => [
      c.name, middle(c, "audited", 3), c.runs.reduce((total, run) => total + run.errors, 0), middle(c, "memory"),
      middle(c, "startMs"), middle(c, "others"), middle(c, "fixed"),
    ]),
  );
}

/** Says what a table's numbers are not good for. */
function warn(candidates) {
  const busy = median(candidates.flatMap(({ runs }) => runs.map((run) => run.others)));
  if (busy > QUIET) console.log(`Others used ${number(busy)} % of a processor meanwhile: these numbers are not worth quoting.\n`);
}

/** Says what is wrong in a list that each candidate has, and whether anything is. */
function complain(candidates, list) {
  for (const candidate of candidates) for (const what of candidate[list]) console.error(`${candidate.name}: ${what}`);
  return candidates.some((candidate) => candidate[list].length > 0);
}

async function main() {
  const candidates = readArguments();
  const own = options.scratch === "";
  if (own) options.scratch = fs.mkdtempSync(path.join(os.tmpdir(), "measure-"));
  fs.mkdirSync(options.scratch, { recursive: true });
  process.on("exit", () => {
    stopAll();
    if (own) fs.rmSync(options.scratch, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

  for (const candidate of candidates) await examine(candidate);
  printSizes(candidates);
  const heavy = complain(candidates, "heavy");
  // The speed of a wrong answer says nothing.
  if (complain(candidates, "wrong")) process.exit(1);
  for (let round = 0; round < options.rounds; round++) for (const candidate of candidates) await measure(candidate);
  if (options.rounds > 0) {
    printRuns(candidates);
    warn(candidates);
  }
  if (complain(candidates, "wrong") || heavy) process.exit(1);
}

main().catch((error) => {
  console.error(`measure: ${error.message}`);
  process.exit(1);
});
