// The built server, started with demo data in a folder of its own and stopped again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface SignIn {
  name: string;
  password: string;
  role: string;
}

export interface Server {
  url: string;
  /** By name, as the server printed them when it seeded. */
  signIns: Map<string, SignIn>;
  stop(): Promise<void>;
}

// Guards against hanging: a busy machine takes its time.
const STARTS_WITHIN = 180_000;
const STOPS_WITHIN = 60_000;

// What the server prints, read in this one place.
const READY = /^doorward is ready at (http:\/\/\S+)/;
const SIGN_IN = /^ {2}(\S+) {2,}(\S+) {2,}(\S.*)$/;

/** Starts it; `options` are more of its own. */
export async function startServer(options: string[] = []): Promise<Server> {
  const binary = setting("DOORWARD_BINARY");
  const siteRoot = setting("DOORWARD_SITE_ROOT");
  const dataDir = await mkdtemp(join(tmpdir(), "doorward-end2end-"));
  const child = spawn(
    binary,
    [
      "serve",
      "--demo",
      ...["--data-dir", dataDir],
      ...["--listen", "127.0.0.1:0"],
      ...["--site-root", siteRoot],
      ...options,
    ],
    { env: environment(), stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  const exited = once(child, "exit").catch((error: unknown) => (said += String(error)));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk));

  async function stop(): Promise<void> {
    const kill = setTimeout(() => child.kill("SIGKILL"), STOPS_WITHIN);
    child.kill("SIGTERM");
    await exited;
    clearTimeout(kill);
    await rm(dataDir, { recursive: true, force: true });
  }

  const signIns = new Map<string, SignIn>();
  const url = await new Promise<string | undefined>((resolve) => {
    const late = setTimeout(() => resolve(undefined), STARTS_WITHIN);
    const answer = (found?: string) => {
      clearTimeout(late);
      resolve(found);
    };
    void exited.then(() => answer());
    createInterface(child.stdout).on("line", (line) => {
      said += `${line}\n`;
      const [, name, password, role] = SIGN_IN.exec(line) ?? [];
      if (name && password && role) signIns.set(name, { name, password, role });
      const ready = READY.exec(line);
      if (ready) answer(ready[1]);
    });
  });
  if (url) return { url, signIns, stop };

  await stop();
  throw new Error(`The server did not become ready. It said:\n${said}`);
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the browser tests with \`make test\`.`);
  return value;
}

// The machine's own configuration must not reach the server under test.
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(DOORWARD_|DATABASE_URL$)/.test(name));
  return Object.fromEntries(own);
}
