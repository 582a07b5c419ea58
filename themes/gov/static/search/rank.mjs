// Ranks documents: by the lists alone, then by the texts of the first ones. docs/search.md § 6.
import { normal, runs, terms } from "./tokenizer.mjs";

const BODY = [0.40, 0.57, 0.82, 1.17, 1.68, 2.40]; // weights of levels 0 to 5
const TITLE = { query: [4, 4.5], name: [4, 5.5], question: [1, 1] }; // of 6 and 7: who asks a long question seldom quotes a title
const NAMED = 6.5; // more than any page gets for quoting a document's title, even in its own title
const ENDED = /^[废失]/; // 废止, 失效
const QUOTED = 2; // for a question that quotes a title
const OTHERS = 0.2; // of a document's other parts
const COVERED = 0.3;
const UNSEEN = 0.4; // weight for a long list that wasn't fetched: the document is assumed to have the term

export const weight = (level, kind) => (level < 0 ? UNSEEN : BODY[level] ?? TITLE[kind][level - 6]);
export const rarity = (count, documents) => Math.log(1 + (documents - count + 0.5) / (count + 0.5));

/**
 * {score, part} of a document for a question: that of its best part, a little of the next seven, and of its title, by the share of
 * the question that the best part and the title have. parts: [[part, score, covered] …]; sum: the rarity of the whole question
 */
export function answering(parts, [title, titled] = [0, 0], sum) {
  parts.sort((a, b) => b[1] - a[1]);
  const [best, ...next] = parts;
  const others = next.slice(0, 7).reduce((all, [, score]) => all + score, 0);
  const covered = Math.min(1, ((best?.[2] || 0) + titled) / sum);
  return { part: best?.[0], score: (((best?.[1] || 0) + OTHERS * others + title) / sum) * covered ** COVERED };
}

/**
 * How much of the run is in the text, and in how long parts: 1 for all of it in one part, 0 for nothing. It is cut from the left into
 * the longest parts in the text; a part of n characters counts n^2. Tolerates noise words, joined words and a wrong character.
 */
export function likeness(text, run) {
  if (text.includes(run)) return 1;
  const signs = [...run];
  let sum = 0;
  for (let at = 0; at < signs.length; ) {
    let end = at + 1;
    while (end < signs.length && text.includes(signs.slice(at, end + 1).join(""))) end++;
    if (end - at > 1) sum += (end - at) ** 2;
    at = end;
  }
  return sum / signs.length ** 2;
}

/** The share of a question's words, by length, that stand in a title as they are, from four characters on. */
function quotedShare(title, pieces) {
  const length = (some) => some.reduce((sum, { text }) => sum + text.length, 0);
  return length(pieces.filter(({ text }) => text.length > 3 && title.includes(text))) / (length(pieces) || 1);
}

/** Adds to a hit's score by its text: 文号, phrases in title and body, and whether it really contains all terms. */
export function judge(hit, query) {
  const title = normal(hit.title);
  if (query.question && !hit.exact) return { ...hit, whole: false, score: hit.score + QUOTED * quotedShare(title, query.pieces) };
  const body = normal(hit.text);
  const numbers = terms(hit.number);
  const [prefix] = runs(normal(hit.number));
  const words = query.pieces.filter((piece) => !piece.number);
  const length = words.reduce((sum, piece) => sum + piece.text.length, 0);
  let bonus = 0;
  let whole = true;
  for (const piece of words) {
    const inTitle = likeness(title, piece.text);
    const inBody = likeness(body, piece.text);
    bonus += ((3 * inTitle + 2 * inBody) * piece.text.length) / length;
    whole &&= inTitle === 1 || inBody === 1 || prefix === piece.text;
  }
  if (query.number) {
    if (numbers.includes(query.number)) bonus += words.length && words.some((piece) => piece.text === prefix) ? 12 : 8;
    else whole &&= terms(`${hit.title}\n${hit.text}`).includes(query.number);
  }
  const quoted = words.length && words.every((piece) => title.includes(piece.text));
  const same = title.replace(/\s/g, "") === query.text.replace(/\s/g, "");
  bonus += (quoted ? 1 : 0) + (same ? 3 : 0);
  if (hit.official && (query.number ? numbers.includes(query.number) : same || (query.names && quoted))) bonus += NAMED - (ENDED.test(hit.validity) ? 0.5 : 0);
  return { ...hit, whole, score: hit.score + bonus + (whole ? 3.5 : 0) + (hit.exact ? 0.5 : 0) };
}
