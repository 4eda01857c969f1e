// Load on one page, by wrk: what it counted, and what it cost the server.
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { busyTime, cpuTime } from "./machine.mjs";
import { ACCEPT, USER_AGENT } from "./requests.mjs";

// Every connection is opened before the first request: a loaded Node.js accepts few connections a second, and that wait
// would pass for the slowest answers.
const report = (connections) => `local opened = 0
delay = function()
  if opened >= ${connections} then return 0 end
  opened = opened + 1
  return 300
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n@{"requests":%d,"us":%d,"bytes":%d,"errors":%d,"p50":%d,"p99":%d}\\n', summary.requests,
    summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99)))
end
`;

export async function load(server, cookie, seconds, options) {
  const script = path.join(options.scratch, "report.lua");
  fs.writeFileSync(script, report(options.connections));
  const target = `http://127.0.0.1:${server.port}${options.path}`;
  const wrk = ["wrk", "-t1", `-c${options.connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script];
  const headers = ["-H", `Cookie: ${cookie}`, "-H", `Accept: ${ACCEPT}`, "-H", `User-Agent: ${USER_AGENT}`];
  const [cpuBefore, busyBefore, began] = [cpuTime(server.pid), busyTime(), Date.now()];
  const client = spawn("taskset", ["-c", options["client-cpus"], ...wrk, ...headers, target], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  let clientCpu = 0;
  client.stdout.on("data", (chunk) => (output += chunk));
  const watch = setInterval(() => (clientCpu = cpuTime(client.pid) || clientCpu), 500);
  await new Promise((resolve, reject) => client.on("close", resolve).on("error", reject));
  clearInterval(watch);
  const cpu = cpuTime(server.pid) - cpuBefore;
  const wall = Date.now() - began;
  const counted = /@(\{.*\})/.exec(output)?.[1];
  if (!counted) throw new Error(`wrk did not count:\n${output}`);
  const { requests, us, bytes, errors, p50, p99 } = JSON.parse(counted);
  return {
    requests,
    errors,
    perSecond: requests / (us / 1e6),
    p50: p50 / 1000,
    p99: p99 / 1000,
    bytesEach: bytes / requests,
    cpuEach: (cpu * 1000) / requests,
    // Neither the server's nor the client's: others were working.
    others: Math.max(0, (100 * (busyTime() - busyBefore - cpu - clientCpu)) / wall),
  };
}
