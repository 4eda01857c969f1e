// Requests to a candidate on this machine, as a browser sends them.
import http from "node:http";

export const ACCEPT = "text/html,application/xhtml+xml,*/*;q=0.8";
// A session may belong to the browser that it began with, so whoever goes on with it calls itself the same.
export const USER_AGENT = "doorward-bench";
const FORM = "application/x-www-form-urlencoded";

export function get(port, path, headers = {}) {
  return request(port, "GET", path, headers);
}

export function post(port, path, fields, headers = {}) {
  const own = { Origin: `http://127.0.0.1:${port}`, "Content-Type": FORM };
  return request(port, "POST", path, { ...own, ...headers }, new URLSearchParams(fields).toString());
}

function request(port, method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const asked = http.request(
      { host: "127.0.0.1", port, path, method, headers: { Accept: ACCEPT, "User-Agent": USER_AGENT, ...headers }, agent: false, timeout: 10_000 },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: response.statusCode, headers: response.headers, bytes, text: bytes.toString() });
        });
      },
    );
    asked.on("timeout", () => asked.destroy(new Error(`${method} ${path}: no answer in time`)));
    asked.on("error", reject);
    asked.end(body);
  });
}

async function ask({ port, candidate }, name, password) {
  const { path, name: nameField, password: passwordField } = candidate.signIn;
  const response = await post(port, path, { [nameField]: name, [passwordField]: password });
  const cookies = (response.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]);
  return { status: response.status, cookie: cookies.find((cookie) => cookie.startsWith(`${candidate.cookie}=`)) };
}

/** Signs in, and gives the session's cookie; nothing where there is none. */
export async function tryToSignIn(server, name, password) {
  return (await ask(server, name, password)).cookie;
}

export async function signIn(server, name, password) {
  const { status, cookie } = await ask(server, name, password);
  if (!cookie) throw new Error(`${server.candidate.name}: ${name} cannot sign in (${status})`);
  return cookie;
}
