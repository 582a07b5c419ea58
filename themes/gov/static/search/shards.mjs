// Decodes the packed files of docs/search.md § 3.
export const LONG = 384;
export const BEST = 128;

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  bit() {
    const bit = (this.bytes[this.at >> 3] >> (7 - (this.at & 7))) & 1;
    this.at++;
    return bit;
  }
  bits(count) {
    let value = 0;
    for (; count > 0; count--) value = value * 2 + this.bit();
    return value;
  }
  zeros() {
    let count = 0;
    for (; !this.bit(); count++) if (this.at > this.bytes.length * 8) throw new RangeError("broken shard");
    return count;
  }
  rice(low) {
    return this.zeros() * 2 ** low + this.bits(low);
  }
  gamma() {
    const digits = this.zeros();
    return 2 ** digits + this.bits(digits);
  }
}

const riceParameter = (universe, count) => 31 - Math.clz32(Math.max(1, Math.floor((universe * 11) / (16 * count))));
export const shardOf = (term, shards) => Math.floor((term * shards) / 2 ** 32);

/** count postings as [number, level, number, level …]. */
function postings(reader, count, universe) {
  const low = riceParameter(universe, count) + 3;
  const found = new Uint32Array(count * 2);
  let before = 0;
  for (let at = 0; at < count * 2; at += 2) {
    const posting = before + reader.rice(low);
    found[at] = posting >>> 3;
    found[at + 1] = posting & 7;
    before = (posting | 7) + 1;
  }
  return found;
}

/** Map of hash → {count, parts, whole} for those of the wanted hashes that are in the shard. */
export function readShard(bytes, shard, { shards, universe }, wanted) {
  const reader = new Reader(bytes);
  const terms = reader.gamma() - 1;
  const low = terms ? riceParameter(Math.floor(2 ** 32 / shards), terms) : 0;
  const found = new Map();
  let term = Math.ceil((shard * 2 ** 32) / shards) - 1;
  for (let left = terms; left > 0; left--) {
    term += reader.rice(low) + 1;
    const count = reader.gamma();
    const whole = count <= LONG;
    const list = postings(reader, whole ? count : BEST, universe);
    if (wanted.has(term)) found.set(term, { count, parts: list, whole });
  }
  return found;
}

/** [first, width, first, width …] of the documents with several parts. */
export function readWidths(bytes) {
  const reader = new Reader(bytes);
  const found = new Uint32Array(2 * (reader.gamma() - 1));
  let end = 0;
  for (let at = 0; at < found.length; at += 2) {
    found[at] = end + reader.gamma() - 1;
    found[at + 1] = reader.gamma() + 1;
    end = found[at] + found[at + 1];
  }
  return found;
}

export const readLong = (bytes, count, { universe }) => postings(new Reader(bytes), count, universe);

const hex = (number, width) => number.toString(16).padStart(width, "0");
export const shardPath = (segment, shard) => `${segment}/t/${(shard >> 8).toString(16)}/${hex(shard & 255, 2)}`;
export const longPath = (segment, term) => `${segment}/h/${hex(term, 8)}`;
export const fragmentPath = (segment, number) => `${segment}/d/${(number >> 8).toString(16)}/${hex(number & 255, 2)}`;
