// The browser's search module under Node, on built or published files. usage: node cli.mjs MODULE_DIR INDEX_DIR_OR_ADDRESS < requests (JSON lines) > answers
// request {query, page?, filters?, order?, all?, found?, limit?}; answer {query, hits: [{url, title, site, date, place, promoted?}], files, bytes, ms, total, about, incomplete, converted, kinds}
import { readFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [modules, folder] = process.argv.slice(2);
const published = /^https?:/.test(folder);
const download = async (url) => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(15000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
};
const load = (name) => import(pathToFileURL(path.resolve(modules, name)).href);
const { Engine } = await load("engine.mjs");
const { placeOfHit } = await load("places.mjs");

for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const { query, limit, found: listed, ...options } = JSON.parse(line);
  const read = new Map(); // a file is fetched once, as by a browser with an empty cache
  const fetched = (file, key) => {
    if (!read.has(key)) read.set(key, (/^https?:/.test(file) ? download : readFile)(file));
    return read.get(key);
  };
  const engine = new Engine(
    async (name) => new Uint8Array(await fetched(published ? `${folder}/${name}` : path.join(folder, name), name)),
    async () => (await fetched(path.join(modules, "t2s.txt"), "t2s.txt")).toString("utf8"),
  );
  const begin = performance.now();
  const found = await engine.search(query, options);
  const ms = Math.round((performance.now() - begin) * 10) / 10;
  const sizes = await Promise.all([...read].map(async ([name, data]) => [name, await data.then((bytes) => bytes.length, () => 0)]));
  const kinds = {};
  for (const [name, size] of sizes) {
    const kind = name.split("/")[1] || name;
    kinds[kind] = [(kinds[kind]?.[0] || 0) + 1, (kinds[kind]?.[1] || 0) + size];
  }
  const first = found.promoted.map(({ url, title }) => ({ url, title, site: "", date: "", place: "", promoted: true }));
  const hits = [...first, ...found.hits.map((hit) => ({ url: hit.url, title: hit.title, site: hit.site, date: hit.date, place: decodeURIComponent(placeOfHit(hit, found.query)) }))].slice(0, limit);
  const { total, about, incomplete, converted } = found;
  const every = options.all || listed ? { found: found.found.map(({ segment, number }) => [segment.name, number]) } : {};
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  console.log(JSON.stringify({ query, hits, total, about, incomplete, converted, files: sizes.length, bytes, ms, kinds, ...every }));
}
