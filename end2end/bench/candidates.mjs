// The candidates: what each says of itself, and how it is started on a fresh copy of its database.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { sleep } from "./machine.mjs";
import { get } from "./requests.mjs";

const STARTS_WITHIN = 30_000;
const STOPS_WITHIN = 5_000;

/** What holds where a candidate does not say otherwise in its candidate.json. */
const USUAL = {
  record: "synchronous=NORMAL",
  cookie: "sid",
  signIn: { path: "/login", name: "username", password: "password" },
  rotate: { path: "/secrets/:id/rotate", fields: {} },
  firstLoadAtMost: Infinity,
};

/** NAME=FOLDER or NAME=COMMAND, and NAME@CPUS=… for other processors than usual; nothing where it is neither. */
export function readCandidate(text, cpus) {
  const [, name, own, start] = /^([\w.+-]+)(?:@([\d,-]+))?=(.+)$/s.exec(text) ?? [];
  if (!name) return undefined;
  const found = fs.existsSync(start) && fs.statSync(start).isDirectory() ? fromFolder(path.resolve(start)) : fromCommand(start);
  return { ...USUAL, name, cpus: own ?? cpus, ...found };
}

function fromFolder(folder) {
  const [start, seed, said] = ["start", "seed", "candidate.json"].map((file) => path.join(folder, file));
  return {
    command: `exec ${JSON.stringify(start)}`,
    seed: fs.existsSync(seed) ? seed : undefined,
    ...(fs.existsSync(said) ? JSON.parse(fs.readFileSync(said, "utf8")) : {}),
  };
}

function fromCommand(command) {
  const synchronous = /\bSYNCHRONOUS=(\w+)/.exec(command)?.[1];
  return { command, ...(synchronous ? { record: `synchronous=${synchronous}` } : {}) };
}

const running = new Set();

/** Ends what is still running, each by the group that was started here. */
export function stopAll() {
  for (const pid of running) kill(pid, "SIGKILL");
}

function kill(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

function freshDatabase(candidate, { scratch, database }) {
  const folder = path.join(scratch, candidate.name);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const seeded = candidate.seed ? path.join(folder, "seeded.db") : database;
  if (candidate.seed && !fs.existsSync(seeded)) {
    console.error(`${candidate.name}: making its database`);
    const made = spawnSync(candidate.seed, { env: { ...process.env, DATABASE: seeded }, stdio: "inherit" });
    if (made.status !== 0) throw new Error(`${candidate.name}: its database could not be made`);
  }
  if (!seeded) throw new Error(`${candidate.name} has no seed, so --database must name a seeded file`);
  const fresh = path.join(folder, "fresh.db");
  for (const ending of ["", "-wal", "-shm"]) {
    fs.rmSync(fresh + ending, { force: true });
    if (fs.existsSync(seeded + ending)) fs.copyFileSync(seeded + ending, fresh + ending);
  }
  return fresh;
}

/** A port of its own for each start: on a fixed one somebody else's server might be measured in its place. */
async function freePort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** Starts a candidate, and returns when it answers. */
export async function startServer(candidate, options) {
  const database = freshDatabase(candidate, options);
  const port = await freePort();
  const logFile = path.join(path.dirname(database), "log");
  const log = fs.openSync(logFile, "w");
  const began = performance.now();
  const child = spawn("taskset", ["-c", candidate.cpus, "bash", "-c", candidate.command], {
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, NODE_ENV: "production", HOST: "127.0.0.1", PORT: String(port), DATABASE: database },
  });
  fs.closeSync(log);
  running.add(child.pid);
  const gone = new Promise((resolve) => child.on("exit", resolve));
  const stop = async () => {
    kill(child.pid, "SIGTERM");
    await Promise.race([gone, sleep(STOPS_WITHIN)]);
    kill(child.pid, "SIGKILL");
    await gone;
    running.delete(child.pid);
  };
  while ((await get(port, "/healthz").catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null || performance.now() - began > STARTS_WITHIN) {
      await stop();
      throw new Error(`${candidate.name} did not start:\n${fs.readFileSync(logFile, "utf8")}`);
    }
    await sleep(3);
  }
  return { candidate, port, pid: child.pid, startMs: performance.now() - began, database, stop };
}
