// The posting lists of terms, fetched on demand, each file once.
import { hash } from "./tokenizer.mjs";
import { longPath, readLong, readShard, readWidths, shardOf, shardPath } from "./shards.mjs";

const NONE = { count: 0, parts: new Uint32Array(0), postings: new Uint32Array(0), whole: true };

export class Lists {
  /** read(path, version) returns a promise of bytes, rejected if the file is missing. */
  constructor(read, segments) {
    this.read = read;
    this.segments = segments.map((segment) => ({ ...segment, found: new Map() }));
    this.parts = this.segments.reduce((sum, segment) => sum + (segment.parts ??= segment.documents), 0);
    this.missing = 0;
  }

  /** Fetches the shards of these terms in every segment, in parallel. */
  async load(terms) {
    const jobs = [];
    for (const segment of this.segments) {
      if (segment.parts > segment.documents) jobs.push((segment.loading ??= this.#loadWidths(segment)));
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

  async #loadWidths(segment) {
    try {
      segment.widths = readWidths(await this.read(`${segment.name}/w`, segment.version));
    } catch {
      this.missing++; // then every part is a result of its own
    }
  }

  async #loadShard(segment, shard, wanted) {
    let found = null;
    try {
      const bytes = await this.read(shardPath(segment.name, shard), segment.version);
      found = readShard(bytes, shard, segment, new Set(wanted.map(hash)));
      await segment.loading;
      for (const list of found.values()) list.postings = ofDocuments(list.parts, segment.widths);
    } catch {
      this.missing++;
    }
    for (const term of wanted) segment.found.set(term, found ? found.get(hash(term)) || NONE : null);
  }

  /**
   * The list of a term in a segment: its postings are documents, by the number of their first part, each with its highest level;
   * count and parts are of parts. null (unknown) if its shard is missing.
   */
  of(segment, term) {
    return segment.found.get(term);
  }

  /** A complete long list; if its file is missing, the part in the shard. */
  async whole(segment, term) {
    const list = segment.found.get(term);
    if (!list || list.whole) return list;
    try {
      const bytes = await this.read(longPath(segment.name, hash(term)), segment.version);
      list.parts = readLong(bytes, list.count, segment);
      list.postings = ofDocuments(list.parts, segment.widths);
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

  /** The number of parts with the term, over all segments. */
  count(term) {
    return this.segments.reduce((sum, segment) => sum + (segment.found.get(term)?.count || 0), 0);
  }
}

/** Postings of parts as those of their documents. */
function ofDocuments(parts, widths) {
  if (!widths) return parts;
  const found = [];
  let at = 0;
  for (let place = 0; place < parts.length; place += 2) {
    const part = parts[place];
    while (at < widths.length && widths[at] + widths[at + 1] <= part) at += 2;
    const number = widths[at] <= part ? widths[at] : part;
    const last = found.length - 2;
    if (found[last] === number) found[last + 1] = Math.max(found[last + 1], parts[place + 1]);
    else found.push(number, parts[place + 1]);
  }
  return Uint32Array.from(found);
}

/** The number of a part's document, that of its first part. */
export function documentOf({ widths }, part) {
  let low = 0;
  let high = widths ? widths.length / 2 : 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (widths[middle * 2] + widths[middle * 2 + 1] <= part) low = middle + 1;
    else high = middle;
  }
  return widths && widths[low * 2] <= part ? widths[low * 2] : part;
}

/** [first, end) of the parts of a document, by the number of its first. */
export function partsOfDocument({ widths }, number) {
  const width = widths ? levelIn(widths, number) : 1; // pairs of the same form
  return [number, number + Math.max(1, width)];
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
