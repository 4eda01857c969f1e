// What the kernel says of processes and processors (proc(5)).
import { spawnSync } from "node:child_process";
import fs from "node:fs";

const TICK = 1000 / Number(spawnSync("getconf", ["CLK_TCK"]).stdout?.toString() || 100);

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A process and everything it started. */
function family(root) {
  const parents = new Map();
  for (const entry of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const fields = stat(entry);
    if (fields) parents.set(Number(entry), Number(fields[1]));
  }
  const found = new Set(parents.has(root) ? [root] : []);
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.add(child);
  return [...found];
}

function stat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined; // It has ended meanwhile.
  }
}

/** The processor time, in milliseconds, that a process and its children have used. */
export function cpuTime(root) {
  const of = (pid) => stat(pid)?.slice(11, 13).reduce((sum, ticks) => sum + Number(ticks) * TICK, 0) ?? 0;
  return family(root).reduce((sum, pid) => sum + of(pid), 0);
}

export function peakMemory(root) {
  const of = (pid) => {
    try {
      return Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  };
  return family(root).reduce((sum, pid) => sum + of(pid), 0) / 1024;
}

/** Milliseconds that all processors together were busy, or taken away by the host. */
export function busyTime() {
  const [user, nice, system, , , irq, softirq, steal] = fs
    .readFileSync("/proc/stat", "utf8")
    .split("\n", 1)[0]
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK;
}

/** Waits until others leave the machine alone, or patience ends. */
export async function quiet(seconds) {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const before = busyTime();
    await sleep(1000);
    if (busyTime() - before < 150 || Date.now() > until) return;
  }
}

/** Milliseconds for a fixed piece of work: how fast the host lets these processors be just now. */
export function fixedWork(cpus) {
  const work = `const rows = Array.from({ length: 1000 }, (_, i) => ({ i, name: "n" + i, tags: [i, i + 1] }));
    const once = () => { for (let k = 0; k < 60; k++) JSON.parse(JSON.stringify(rows)); };
    once(); const began = process.hrtime.bigint(); for (let k = 0; k < 5; k++) once();
    console.log(Number(process.hrtime.bigint() - began) / 1e6);`;
  return Number(spawnSync("taskset", ["-c", cpus, process.execPath, "-e", work]).stdout?.toString());
}
