// What a browser without a cache loads for a page: every script, WebAssembly module and style, each compressed by itself.
import zlib from "node:zlib";
import { get } from "./requests.mjs";

const KINDS = /\.(m?js|wasm|css)$/;

/** The files that `page`, answered at `path`, needs before it is styled and interactive. */
export async function firstLoad(port, path, page) {
  const base = `http://127.0.0.1:${port}`;
  const files = new Map();
  const queue = namedBy(page, new URL(path, base));
  while (queue.length > 0) {
    const url = queue.shift();
    if (url.origin !== base || !KINDS.test(url.pathname) || files.has(url.pathname)) continue;
    const { status, bytes } = await get(port, url.pathname, { "Accept-Encoding": "identity" });
    if (status !== 200) continue;
    files.set(url.pathname, bytes);
    if (/js$/.test(url.pathname)) {
      // A dynamic import in a module is for later; these are for now.
      queue.push(...addresses(bytes.toString(), /(?:\bfrom|\bimport)\s*["'](\.{0,2}\/[^"']+)["']/g, url));
    }
  }
  return [...files].map(([name, bytes]) => ({
    name,
    kind: KINDS.exec(name)[1].replace("mjs", "js"),
    raw: bytes.length,
    brotli: zlib.brotliCompressSync(bytes).length, // quality 11
  }));
}

function namedBy({ text, headers }, here) {
  const found = addresses(headers.link ?? "", /<([^>]+)>/g, here);
  for (const [tag] of text.matchAll(/<(?:script|link)\b[^>]*>/g)) {
    const loads = tag.startsWith("<script") || /\brel=["']?(?:modulepreload|preload|stylesheet)/.test(tag);
    if (loads) found.push(...addresses(tag, /\b(?:src|href)=["']?([^"'\s>]+)/g, here));
  }
  for (const [, script] of text.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)) {
    // In a script of the page itself a dynamic import counts: it is how the page starts.
    found.push(...addresses(script, /(?:import\s*\(|from|import)\s*["'`]([^"'`]+)["'`]/g, here));
    found.push(...addresses(script, /["'`]([^"'`\s]+\.wasm)["'`]/g, here));
  }
  return found;
}

function addresses(text, pattern, from) {
  return [...text.matchAll(pattern)].flatMap(([, address]) => (URL.canParse(address, from) ? [new URL(address, from)] : []));
}

/** The size of the page itself, as it leaves the server and as it is compressed on the way. */
export function pageSizes({ bytes }) {
  const quality = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } };
  return { raw: bytes.length, gzip: zlib.gzipSync(bytes, { level: 6 }).length, brotli: zlib.brotliCompressSync(bytes, quality).length };
}
