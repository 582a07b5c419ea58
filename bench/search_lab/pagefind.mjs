// Pagefind's own browser code under Node, against a loopback server that counts bytes. A new instance for each query: every one is cold.
// usage: node pagefind.mjs INDEX_DIR < queries (one a line) > {query, hits, total, shared, own, files, ms} a line
import { readFileSync, existsSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createInterface } from "node:readline";

const root = path.resolve(process.argv[2]);
let log = [];
const server = http.createServer((request, response) => {
  const file = path.join(root, decodeURIComponent(request.url.split("?")[0]));
  if (!existsSync(file)) return response.writeHead(404).end();
  const bytes = readFileSync(file);
  log.push([path.relative(root, file), bytes.length]);
  response.writeHead(200, { "content-type": "application/octet-stream" }).end(bytes);
}).listen(0, "127.0.0.1");
server.keepAliveTimeout = 600000; // a slow machine pauses for longer than the usual 5 s
await new Promise((resolve) => server.on("listening", resolve));
// the query's language comes from <html lang>; without a document Chinese would not be segmented at all
globalThis.document = { currentScript: null, querySelector: () => ({ getAttribute: () => "zh-CN" }) };
const pagefind = await import(pathToFileURL(path.join(root, "pagefind.js")).href);
const isOwn = (name) => /^(index|fragment|filter)\//.test(name);
for await (const query of createInterface({ input: process.stdin })) {
  log = [];
  const instance = pagefind.createInstance({ basePath: `http://127.0.0.1:${server.address().port}/` });
  await instance.init?.();
  const begin = performance.now();
  const found = await instance.search(query);
  const top = await Promise.all(found.results.slice(0, 10).map((result) => result.data()));
  const ms = performance.now() - begin;
  const sum = (which) => log.filter(([name]) => isOwn(name) === which).reduce((total, [, size]) => total + size, 0);
  const hits = top.map((data) => Number(data.raw_url.match(/(\d+)\.html/)[1]));
  console.log(JSON.stringify({ query, hits, total: found.results.length, shared: sum(false), own: sum(true), files: log.filter(([name]) => isOwn(name)).length, ms }));
  await instance.destroy?.();
}
process.exit(0);
