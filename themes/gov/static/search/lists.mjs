// The posting lists of terms, fetched on demand, each file once.
import { hash } from "./tokenizer.mjs";
import { longPath, readLong, readShard, shardOf, shardPath } from "./shards.mjs";

const NONE = { count: 0, postings: new Uint32Array(0), whole: true };

export class Lists {
  /** read(path, version) returns a promise of bytes, rejected if the file is missing. */
  constructor(read, segments) {
    this.read = read;
    this.segments = segments.map((segment) => ({ ...segment, found: new Map() }));
    this.documents = segments.reduce((sum, segment) => sum + segment.documents, 0);
    this.missing = 0;
  }

  /** Fetches the shards of these terms in every segment, in parallel. */
  async load(terms) {
    const jobs = [];
    for (const segment of this.segments) {
      const byShard = new Map();
      for (const term of terms) {
        if (segment.found.has(term)) continue;
        const shard = shardOf(hash(term), segment.shards);
        byShard.set(shard, [...(byShard.get(shard) || []), term]);
      }
      for (const [shard, wanted] of byShard) jobs.push(this.#loadShard(segment, shard, wanted));
    }
    await Promise.all(jobs);
  }

  async #loadShard(segment, shard, wanted) {
    let found = null;
    try {
      const bytes = await this.read(shardPath(segment.name, shard), segment.version);
      found = readShard(bytes, shard, segment, new Set(wanted.map(hash)));
    } catch {
      this.missing++;
    }
    for (const term of wanted) segment.found.set(term, found ? found.get(hash(term)) || NONE : null);
  }

  /** The list of a term in a segment; null (unknown) if its shard is missing. */
  of(segment, term) {
    return segment.found.get(term);
  }

  /** A complete long list; if its file is missing, the part in the shard. */
  async whole(segment, term) {
    const list = segment.found.get(term);
    if (!list || list.whole) return list;
    try {
      const bytes = await this.read(longPath(segment.name, hash(term)), segment.version);
      list.postings = readLong(bytes, list.count, segment);
    } catch {
      this.missing++;
    }
    list.whole = true;
    return list;
  }

  /** Fetches the long lists of these terms, shortest first, up to `most` documents in total. */
  async wholes(terms, most) {
    const long = this.segments.flatMap((segment) => terms.map((term) => ({ segment, term, list: segment.found.get(term) })));
    const wanted = long.filter(({ list }) => list && !list.whole).sort((a, b) => a.list.count - b.list.count);
    await Promise.all(wanted.filter(({ list }) => (most -= list.count) >= 0).map(({ segment, term }) => this.whole(segment, term)));
  }

  /** The number of documents with the term, over all segments. */
  count(term) {
    return this.segments.reduce((sum, segment) => sum + (segment.found.get(term)?.count || 0), 0);
  }
}

/** The level of a document in a list, -1 if it isn't in it. */
export function levelIn(postings, number) {
  let low = 0;
  let high = postings.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const at = postings[middle * 2];
    if (at === number) return postings[middle * 2 + 1];
    if (at < number) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
