// Splits text into terms by the rule of docs/search.md § 1, exactly like jiyue/search/tokenizer.py.
const HAN = "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\u{20000}-\u{323af}";
const WORD = "0-9a-z\u00df-\u00f6\u00f8-\u024f\u0370-\u052f";
const RUN = new RegExp(`[${HAN}]+|[${WORD}]+`, "gu");
const NUMBER = /((?:19|20)[0-9][0-9]) *(?:[〕\])】〗] *第?|年 *第?(?= *[0-9]+ *号)|年 *第) *0*([0-9]{1,5})(?![0-9])/g;

export const normal = (text) => text.normalize("NFKC").toLowerCase();
export const runs = (plain) => plain.match(RUN) || [];
export const isHan = (run) => run >= "\u3005";

/** The terms of one run: overlapping bigrams of Han; a single character, or a word, as a whole. */
export function termsOfRun(run) {
  const signs = isHan(run) ? [...run] : [];
  return signs.length < 2 ? [run] : signs.slice(1).map((sign, at) => signs[at] + sign);
}

export function terms(text) {
  const plain = normal(text);
  const found = runs(plain).flatMap(termsOfRun);
  for (const [, year, number] of plain.matchAll(NUMBER)) found.push(`#${year}-${number}`);
  return found;
}

/** CRC-32 of the term in UTF-8, by which the index knows it. */
export function hash(term) {
  let crc = -1;
  for (const byte of new TextEncoder().encode(term)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
