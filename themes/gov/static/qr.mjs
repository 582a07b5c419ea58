// A QR code (ISO/IEC 18004), byte mode, error correction M, versions 1 to 15 (412 bytes), mask 3, as <svg>.
const WORDS = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346, 404, 466, 532, 581, 655]; // codewords of each version
const CHECK = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24]; // of these for correction, a block
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10];
const MASK = 3;

const EXP = [];
const LOG = [];
for (let i = 0, x = 1; i < 255; i++, x = (x << 1) ^ (x > 127 ? 0x11d : 0)) (EXP[i] = EXP[i + 255] = x), (LOG[x] = i);
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

function correction(data, count) {
  let generator = [1];
  for (let i = 0; i < count; i++) {
    const next = [...generator, 0];
    generator.forEach((value, n) => (next[n + 1] ^= times(value, EXP[i])));
    generator = next;
  }
  const rest = [...data, ...Array(count).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const lead = rest[i];
    generator.forEach((value, n) => (rest[i + n] ^= times(value, lead)));
  }
  return rest.slice(data.length);
}

function codewords(bytes, version) {
  const blocks = BLOCKS[version - 1];
  const check = CHECK[version - 1];
  const room = WORDS[version - 1] - blocks * check;
  let bits = "0100" + bytes.length.toString(2).padStart(version < 10 ? 8 : 16, "0");
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  bits = (bits + "0000").slice(0, room * 8);
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
  const data = bits.match(/.{8}/g).map((octet) => parseInt(octet, 2));
  for (let pad = 236; data.length < room; pad ^= 253) data.push(pad);
  const short = Math.floor(room / blocks);
  const parts = [];
  for (let i = 0, at = 0; i < blocks; i++) {
    const size = short + (i >= blocks - (room % blocks));
    parts.push(data.slice(at, (at += size)));
  }
  const checks = parts.map((part) => correction(part, check));
  const woven = [];
  for (let i = 0; i <= short; i++) for (const part of parts) if (i < part.length) woven.push(part[i]);
  for (let i = 0; i < check; i++) for (const part of checks) woven.push(part[i]);
  return woven;
}

/** The modules of a text's QR code by rows: 1 dark, 0 light. Throws RangeError for a text that is too long. */
export function matrix(text) {
  const bytes = new TextEncoder().encode(text);
  const version = WORDS.findIndex((all, n) => all - BLOCKS[n] * CHECK[n] >= bytes.length + (n < 9 ? 2 : 3)) + 1;
  if (!version) throw new RangeError("too long for a QR code here");
  const size = version * 4 + 17;
  const grid = Array.from({ length: size }, () => Array(size));
  const set = (x, y, dark) => {
    if (x >= 0 && y >= 0 && x < size && y < size) grid[y][x] = dark ? 1 : 0;
  };
  const ring = (cx, cy, radius, light) => {
    for (let y = -radius; y <= radius; y++)
      for (let x = -radius; x <= radius; x++) set(cx + x, cy + y, !light.includes(Math.max(Math.abs(x), Math.abs(y))));
  };
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) ring(x, y, 4, [2, 4]);
  const count = version > 1 ? Math.floor(version / 7) + 2 : 0;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const centres = count ? [6, ...Array.from({ length: count - 1 }, (_, n) => size - 7 - (count - 2 - n) * step)] : [];
  for (const y of centres) for (const x of centres) if (grid[y][x] === undefined) ring(x, y, 2, [1]);
  for (let i = 8; i < size - 8; i++) {
    grid[6][i] ??= (i + 1) % 2;
    grid[i][6] ??= (i + 1) % 2;
  }
  let format = MASK; // level M is 00
  for (let i = 0; i < 10; i++) format = (format << 1) ^ ((format >> 9) * 0x537);
  format = ((MASK << 10) | format) ^ 0x5412;
  const bit = (value, n) => (value >> n) & 1;
  for (let i = 0; i < 15; i++) {
    set(8, i < 6 ? i : i < 8 ? i + 1 : size - 15 + i, bit(format, i));
    set(i < 8 ? size - 1 - i : i < 9 ? 15 - i : 14 - i, 8, bit(format, i));
  }
  set(8, size - 8, 1);
  if (version > 6) {
    let mark = version;
    for (let i = 0; i < 12; i++) mark = (mark << 1) ^ ((mark >> 11) * 0x1f25);
    mark |= version << 12;
    for (let i = 0; i < 18; i++) {
      const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
      set(a, b, bit(mark, i));
      set(b, a, bit(mark, i));
    }
  }
  const words = codewords(bytes, version);
  let at = 0;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5;
    for (let n = 0; n < size; n++) {
      const y = (right + 1) & 2 ? n : size - 1 - n;
      for (const x of [right, right - 1]) {
        if (grid[y][x] !== undefined) continue;
        const dark = at < words.length * 8 ? bit(words[at >> 3], 7 - (at & 7)) : 0;
        grid[y][x] = dark ^ ((x + y) % 3 === 0);
        at++;
      }
    }
  }
  return grid;
}

/** The code as an SVG element with a quiet zone of four modules. */
export function svg(text) {
  const grid = matrix(text);
  const size = grid.length + 8;
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", grid.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  for (const [name, value] of Object.entries({
    viewBox: `-4 -4 ${size} ${size}`,
    role: "img",
    "aria-label": _("本页网址的二维码"),
    "shape-rendering": "crispEdges",
  }))
    picture.setAttribute(name, value);
  picture.append(path);
  return picture;
}
