// Parts of a text with the query's words marked, as nodes: text is never parsed as HTML.
import { normal } from "./tokenizer.mjs";

const LENGTH = 110;
const LEAD = 30; // the most characters before the first mark
const SIMPLE = /^[\0-~·–-‖‘-‟\u3000-\u303f\u4e00-\u9fff！-～]*$/; // texts in which every sign has a normal form of the same length

/** For each position of the text, whether it is in a word of the query. Normal forms may be longer: characters are mapped back. */
function marked(text, words) {
  const simple = SIMPLE.test(text);
  let plain = simple ? normal(text) : "";
  const places = simple ? { at: (place) => place } : [];
  for (let at = 0; !simple && at < text.length; ) {
    const sign = String.fromCodePoint(text.codePointAt(at));
    const form = normal(sign);
    plain += form;
    for (let unit = 0; unit < form.length; unit++) places.push(at);
    at += sign.length;
  }
  const marks = new Uint8Array(text.length);
  for (const word of words) {
    for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + 1)) {
      const end = places.at(at + word.length) ?? text.length;
      for (let place = places.at(at); place < end; place++) marks[place] = 1;
    }
  }
  return marks;
}

function nodes(text, marks, begin, end) {
  const found = [];
  for (let at = begin; at < end; ) {
    let next = at;
    while (next < end && marks[next] === marks[at]) next++;
    const part = document.createTextNode(text.slice(at, next));
    if (marks[at]) {
      const mark = document.createElement("mark");
      mark.append(part);
      found.push(mark);
    } else found.push(part);
    at = next;
  }
  return found;
}

function wordsOf(query, text) {
  const plain = normal(text);
  return query.pieces.filter((piece) => !piece.number).flatMap((piece) => (plain.includes(piece.text) ? [piece.text] : piece.terms));
}

/** The whole text with marks. */
export function highlighted(text, query) {
  return nodes(text, marked(text, wordsOf(query, text)), 0, text.length);
}

/** Where a text is best cut within LEAD before a place: after a sentence, else after a part of one, else between words. */
export function cut(text, place) {
  const from = place - LEAD;
  if (from <= 0) return 0;
  const lead = text.slice(from, place);
  const parts = /.*[。！？；!?;][”’」』）]*/.exec(lead) ?? /[，、：,:…—][”’」』）]*/.exec(lead);
  const at = parts ? from + parts.index + parts[0].length : 0;
  if (at) return text[at] === " " ? at + 1 : at;
  for (const { index } of Intl.Segmenter ? new Intl.Segmenter("zh", { granularity: "word" }).segment(lead) : [])
    if (index >= 8 && lead[index] !== " ") return from + index; // what begins earlier may have been cut itself
  return from;
}

/** About 110 characters from the part with the most marks. */
export function excerpt(text, query) {
  const flat = text.replace(/\s+/g, " ");
  const marks = marked(flat, wordsOf(query, flat));
  let sum = 0, best = -1, begin = 0;
  for (let at = 0; at < flat.length; at++) {
    sum += marks[at] - (at >= LENGTH - LEAD ? marks[at - LENGTH + LEAD] : 0);
    if (sum > best) [best, begin] = [sum, Math.max(0, at - LENGTH + LEAD + 1)];
  }
  const first = marks.indexOf(1, begin);
  begin = first < 0 || flat.length <= LENGTH ? 0 : cut(flat, first);
  const end = Math.min(flat.length, begin + LENGTH);
  const found = nodes(flat, marks, begin, end);
  if (begin > 0) found.unshift(document.createTextNode("…"));
  if (end < flat.length) found.push(document.createTextNode("…"));
  return found;
}
