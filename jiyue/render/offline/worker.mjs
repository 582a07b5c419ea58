// The service worker of a site that declares `offline:` (docs/offline.md). SITE, from jiyue/render/offline, stands before it.
// What is kept belongs to a state of the site: after the next contact only what the site still shows is served.
const INDEX = `${SEARCH}index/`;
const STATE = `${BASE}theme/offline.json`;
const FIXED = `${OURS}fixed ${SITE.version}`;
const KEPT = `${OURS}kept `;
const facts = () => caches.open(`${OURS}facts`);
const fact = async (name) => (await (await facts()).match(name))?.text();
const note = async (name, text) => (await facts()).put(name, new Response(text));
const now = async () => KEPT + (await fact(STATE));
const plain = (url) => url.split(/[?#]/)[0];

/** Keep a page in the cache of this name, if it is one of this site's; what is gone goes here, too. */
async function keep(name, url, answer) {
  if (answer.status >= 500) return;
  const type = answer.headers.get("content-type") || "";
  const html = answer.ok && !answer.redirected && type.startsWith("text/html") && !url.startsWith(`${BASE}alerts/`);
  const text = html ? await answer.text() : "";
  const cache = await caches.open(name);
  await cache.delete(url);
  const manifest = /<link rel="manifest" href="([^"]*)"/.exec(text);
  if (!manifest || new URL(manifest[1], url).href !== `${BASE}theme/manifest.webmanifest`) return;
  const headers = { "content-type": type, "x-kept": Date.now() };
  const policy = answer.headers.get("content-security-policy");
  if (policy) headers["content-security-policy"] = policy;
  await cache.put(url, new Response(text, { headers }));
  const old = (await cache.keys()).filter((request) => request.url !== BASE);
  for (const request of old.slice(0, -SITE.pages)) await cache.delete(request);
}

const read = async (url) => keep(await now(), url, await fetch(url, { cache: "no-cache" }));

/** Ask which state the site is in, and bring what is kept to it. One contact, or end, at a time. */
let turn = Promise.resolve();
const contact = () => (turn = turn.then(look).catch(() => {}));

async function look() {
  const answer = await fetch(STATE, { cache: "no-store", redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.status === 404 || answer.status === 410) return end();
  if (!answer.ok) return;
  const { state, index } = await answer.json();
  if (state !== (await fact(STATE))) {
    await note(STATE, state); // from here on nothing of an earlier state is served
    await (await caches.open("search")).delete(`${INDEX}m.json`);
  }
  const current = await caches.open(await now());
  for (const name of await caches.keys()) {
    if (!name.startsWith(KEPT) || name === KEPT + state) continue;
    const urls = (await (await caches.open(name)).keys()).map(({ url }) => url);
    const answers = await Promise.all(urls.map((url) => fetch(url, { cache: "no-cache" }).catch(() => {})));
    for (const [at, url] of urls.entries()) if (answers[at] && !(await current.match(url))) await keep(KEPT + state, url, answers[at]);
    await caches.delete(name);
  }
  if ((await fact(INDEX)) !== state) await search(index);
  await note(INDEX, state);
}

/** Drop what the newest index no longer names; fetch the rest, if the site's index is small enough. */
async function search(whole) {
  const store = await caches.open("search");
  const answer = await fetch(`${INDEX}m.json`, { cache: "no-cache" }).catch(() => {});
  const text = answer?.ok ? await answer.text() : "";
  for (const { url } of await store.keys()) {
    const version = new URL(url).searchParams.get("v");
    const named = url.startsWith(INDEX) && version && text.includes(version);
    if (url.startsWith(SEARCH) && !named) await store.delete(url);
  }
  if (!text) return;
  await store.put(`${INDEX}m.json`, new Response(text));
  if (!whole || navigator.connection?.saveData) return;
  for (const { name, version } of JSON.parse(text).segments) {
    const url = (path) => `${INDEX}${name}/${path}?v=${version}`;
    if (await store.match(url("all"))) continue;
    const answer = await fetch(url("all"));
    if (!answer.ok) return;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    let at = bytes.indexOf(10) + 1;
    for (const [path, size] of JSON.parse(new TextDecoder().decode(bytes.subarray(0, at))))
      await store.put(url(path), new Response(bytes.slice(at, (at += size))));
    await store.put(url("all"), new Response(""));
  }
}

/** A kept page as it is shown: it says so, and without alerts, which only the network knows. */
async function shown(page) {
  const says = SITE.note.replace("%s", new Date(+page.headers.get("x-kept")).toLocaleString(SITE.lang));
  const text = (await page.text())
    .replace(/<section\b[^>]*data-do="emergency"[^]*?<\/section>/, "")
    .replace(/<main[^>]*>/, (main) => `${main}<p class="notice" role="status">${says}</p>`);
  return new Response(text, { headers: page.headers });
}

/** A page of the program itself at any address: its relative links start at its own. */
async function instead(path) {
  const page = await (await caches.open(FIXED)).match(BASE + path, { ignoreVary: true });
  const text = (await page.text())
    .replace(/<section\b[^>]*data-do="emergency"[^]*?<\/section>/, "")
    .replace(/ (href|src|action|data-\w+)="(?=\.)/g, (start) => start + BASE + path.replace(/[^/]*$/, ""));
  return new Response(text, { headers: page.headers });
}

async function page(event, url) {
  const before = now();
  let answer;
  try {
    answer = (await event.preloadResponse) || (await fetch(event.request));
  } catch {
    const mine = await (await caches.open(await now())).match(url);
    return mine ? shown(mine) : instead(url === SEARCH ? "search/" : "theme/offline.html");
  }
  if (answer.ok && !/^text\/html/.test(answer.headers.get("content-type"))) {
    // an attachment is not kept, and may be large
    event.waitUntil(before.then(async (state) => (await caches.open(state)).delete(url)).then(contact, contact));
    return answer;
  }
  // what a cache on the way may have given is asked for again before it is kept
  const fresh = /no-cache|no-store/.test(answer.headers.get("cache-control"));
  const copy = answer.clone();
  event.waitUntil(before.then((state) => (fresh ? keep(state, url, copy) : read(url))).then(contact, contact));
  return answer;
}

async function part(event, hashed) {
  const old = await caches.match(event.request, { cacheName: FIXED, ignoreVary: true });
  if (old && hashed) return old;
  try {
    const answer = await fetch(event.request);
    const copy = answer.clone();
    const put = async () => (await caches.has(FIXED)) && (await caches.open(FIXED)).put(event.request, copy); // not after end()
    if (answer.ok) event.waitUntil((turn = turn.then(put).catch(() => {}))); // nor while it runs, or a cache would come back
    return answer;
  } catch (problem) {
    if (old) return old;
    throw problem;
  }
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = plain(request.url);
  if (request.method !== "GET" || !url.startsWith(BASE)) return;
  if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (url.startsWith(`${BASE}theme/`)) event.respondWith(part(event, /\.[0-9a-f]{8}\./.test(url)));
});
addEventListener("install", (event) => {
  const all = SITE.fixed.map((path) => new Request(BASE + path, { cache: "no-cache" }));
  event.waitUntil(caches.open(FIXED).then((cache) => cache.addAll(all)));
});
addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(`${OURS}fixed `) && name !== FIXED;
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (old(name)) await caches.delete(name);
    await registration.navigationPreload?.enable();
    await clients.claim();
  })());
});
addEventListener("message", (event) => {
  if (event.data === "renew") skipWaiting();
  else if (event.data.startsWith(BASE)) event.waitUntil(read(plain(event.data)).then(() => read(BASE)).then(contact, contact));
});
