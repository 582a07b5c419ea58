// One document's text for its result: docs/search.md § 5.
async function inflate(bytes) {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return await new Response(stream).arrayBuffer();
  } catch {
    return (await import("./inflate.mjs")).inflate(bytes); // an old browser
  }
}

/** {url, title, date, number, column, site, text, official, validity, issuer, created, place, renamed} of a fragment's bytes. */
export async function readFragment(bytes) {
  const plain = new TextDecoder(bytes[0] === 103 ? "gbk" : "utf-8").decode(await inflate(bytes.subarray(1)));
  const [url, title, date, number, column, site, text, flags, validity, issuer, created, place, renamed] = JSON.parse(plain);
  return { url, title, date, number, column, site, text, official: flags > 1, validity, issuer, created, place, renamed };
}
