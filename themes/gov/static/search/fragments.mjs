// One document's text for its result: docs/search.md § 5.
async function inflate(bytes) {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return await new Response(stream).arrayBuffer();
  } catch {
    return (await import("./inflate.mjs")).inflate(bytes); // an old browser
  }
}

/** {url, title, date, number, column, site, text, cut} of a fragment's bytes. */
export async function readFragment(bytes) {
  const plain = new TextDecoder(bytes[0] === 103 ? "gbk" : "utf-8").decode(await inflate(bytes.subarray(1)));
  const [url, title, date, number, column, site, text, cut] = JSON.parse(plain);
  return { url, title, date, number, column, site, text, cut: Boolean(cut) };
}
