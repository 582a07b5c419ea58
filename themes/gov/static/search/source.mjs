// Reads the index's files from memory, the browser's cache (for offline use) or the network.
const STORE = "search";

/** base: the index's complete address. */
export function source(base) {
  const held = new Map();
  const store = async () => { try { return await caches.open(STORE); } catch { return null; } };

  /** A file of the index. With a version it is immutable; without, the newest is fetched, or offline the stored one used. */
  async function load(path, version) {
    const url = new URL(path, base).href + (version ? `?v=${version}` : "");
    const kept = await store();
    const old = version && (await kept?.match(url));
    if (old) return new Uint8Array(await old.arrayBuffer());
    let answer;
    try {
      answer = await fetch(url, version ? {} : { cache: "no-cache" });
      if (!answer.ok) throw new Error(url);
    } catch (error) {
      answer = version ? null : await kept?.match(url);
      if (!answer) throw error;
    }
    kept?.put(url, answer.clone()).catch(() => {});
    return new Uint8Array(await answer.arrayBuffer());
  }

  const read = (path, version) => {
    const key = `${path}?${version}`;
    if (!held.has(key)) {
      const job = load(path, version);
      held.set(key, job);
      job.catch(() => held.delete(key));
    }
    return held.get(key);
  };

  /** Deletes stored files of versions that the manifest's text doesn't name; those of other indexes stay. */
  read.tidy = async (manifest) => {
    const kept = await store();
    for (const request of (await kept?.keys()) || []) {
      const version = new URL(request.url).searchParams.get("v");
      if (version && request.url.startsWith(base) && !manifest.includes(version)) await kept.delete(request);
    }
  };
  return read;
}
