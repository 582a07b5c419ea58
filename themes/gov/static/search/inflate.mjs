// Inflate (RFC 1951) for browsers without DecompressionStream; loaded only there.
const BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** A canonical Huffman code from its code lengths: counts by length, and the symbols in order. */
function code(lengths) {
  const counts = new Array(16).fill(0);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  const offsets = [0];
  for (let length = 1; length < 16; length++) offsets[length] = offsets[length - 1] + counts[length - 1];
  const symbols = [];
  lengths.forEach((length, symbol) => { if (length) symbols[offsets[length]++] = symbol; });
  return { counts, symbols };
}

const FIXED = [
  code(Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8))),
  code(new Array(30).fill(5)),
];

export function inflate(bytes) {
  const out = [];
  let at = 0;
  const bits = (count) => {
    let value = 0;
    for (let bit = 0; bit < count; bit++, at++) {
      if (at >> 3 >= bytes.length) throw new RangeError("data ends early");
      value |= ((bytes[at >> 3] >> (at & 7)) & 1) << bit;
    }
    return value;
  };
  const symbol = ({ counts, symbols }) => {
    let word = 0, first = 0, index = 0;
    for (let length = 1; length < 16; length++) {
      word |= bits(1);
      const count = counts[length];
      if (word - first < count) return symbols[index + word - first];
      index += count;
      first = (first + count) << 1;
      word <<= 1;
    }
    throw new RangeError("no such code");
  };
  const dynamic = () => {
    const [literals, distances, words] = [bits(5) + 257, bits(5) + 1, bits(4) + 4];
    const lengths = new Array(19).fill(0);
    for (let word = 0; word < words; word++) lengths[ORDER[word]] = bits(3);
    const of = code(lengths);
    const all = [];
    while (all.length < literals + distances) {
      const next = symbol(of);
      if (next < 16) all.push(next);
      else {
        const value = next === 16 ? all[all.length - 1] : 0;
        for (let left = next === 16 ? 3 + bits(2) : next === 17 ? 3 + bits(3) : 11 + bits(7); left; left--) all.push(value);
      }
    }
    return [code(all.slice(0, literals)), code(all.slice(literals))];
  };
  for (let last = 0; !last; ) {
    last = bits(1);
    const type = bits(2);
    if (type === 0) {
      at = (at + 7) & ~7;
      const length = bits(16);
      bits(16);
      for (let left = length; left; left--) out.push(bits(8));
      continue;
    }
    const [literal, distance] = type === 1 ? FIXED : dynamic();
    for (let next = symbol(literal); next !== 256; next = symbol(literal)) {
      if (next < 256) {
        out.push(next);
        continue;
      }
      const place = next - 257;
      const length = BASE[place] + (place > 7 && place < 28 ? bits((place - 4) >> 2) : 0);
      const far = symbol(distance);
      const extra = far > 3 ? (far - 2) >> 1 : 0;
      const back = (far < 4 ? far : (2 + (far & 1)) << extra) + 1 + bits(extra);
      for (let left = length; left; left--) out.push(out[out.length - back]);
    }
  }
  return new Uint8Array(out);
}
