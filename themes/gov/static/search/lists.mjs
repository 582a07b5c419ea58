// The terms' lists of documents, fetched as they are wanted, each file once.
import { hash } from "./tokenizer.mjs";
import { longPath, readLong, readShard, shardOf, shardPath } from "./shards.mjs";

const NONE = { count: 0, postings: new Uint32Array(0), whole: true };

export class Lists {
  /** read(path, version) gives a promise of bytes, rejected where a file is missing. */
  constructor(read, segments) {
    this.read = read;
    this.segments = segments.map((segment) => ({ ...segment, found: new Map() }));
    this.documents = segments.reduce((sum, segment) => sum + segment.documents, 0);
    this.missing = 0;
  }

  /** Fetches the shards of these terms in every segment, all at once. */
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

  /** The list of a term in a segment; null where its shard is missing: nothing is known of it. */
  of(segment, term) {
    return segment.found.get(term);
  }

  /** The whole of a long list; what the shard held of it where its file is missing. */
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

  /** Fetches the long lists of these terms, the shortest first, as many as hold `most` documents together. */
  async wholes(terms, most) {
    const long = this.segments.flatMap((segment) => terms.map((term) => ({ segment, term, list: segment.found.get(term) })));
    const wanted = long.filter(({ list }) => list && !list.whole).sort((a, b) => a.list.count - b.list.count);
    await Promise.all(wanted.filter(({ list }) => (most -= list.count) >= 0).map(({ segment, term }) => this.whole(segment, term)));
  }

  /** How many documents hold the term, all segments together. */
  count(term) {
    return this.segments.reduce((sum, segment) => sum + (segment.found.get(term)?.count || 0), 0);
  }
}

/** The level of a document in a list, -1 where it is not there. */
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
