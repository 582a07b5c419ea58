// What every worker of ours can do: give up all that it keeps, and itself.
const BASE = registration.scope;
const OURS = `jiyue ${BASE} `;
const SEARCH = `${BASE}search/`;

async function end() {
  for (const cache of await caches.keys()) if (cache.startsWith(OURS)) await caches.delete(cache);
  const store = await caches.open("search");
  for (const { url } of await store.keys()) if (url.startsWith(SEARCH)) await store.delete(url);
  await registration.unregister();
}
