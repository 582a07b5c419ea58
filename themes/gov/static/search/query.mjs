// Parses a query into pieces with terms. 文号 are recognized as people type them: 吉政办发[2015]5号, 2015年第5号, 吉政办发 2015 5.
import { normal, runs, termsOfRun } from "./tokenizer.mjs";

const YEAR = "((?:19|20)[0-9]{2})";
const COUNT = "0*([0-9]{1,5})(?![0-9])";
const NUMBERS = [
  new RegExp(`[〔[(【〖<《] *${YEAR} *[〕\\])】〗>》] *第? *${COUNT} *号?`),
  new RegExp(`${YEAR} *年 *第? *${COUNT} *号|${YEAR} *年 *第 *${COUNT} *号?`),
  new RegExp(`([\\u4e00-\\u9fff]) *${YEAR}(?: *号? +| *- *)第? *${COUNT}(?! *[年月日.-]) *号?`),
];
const NAME = /.{3}[例定则法程划告知报见复要案点准录单施议》](?:\(.*\))?([全原]文)?$/; // ends as the genres of official documents do: 条例, 办法 …
const MOST_FIRST = 8; // terms fetched first: more would cost more without better results
const MOST = 64;
const QUESTION = 12; // characters from which a query is a question rather than a name

/**
 * {text, pieces: [{text, terms, first}], number, names, question}: `first` are the terms that cover the piece, `terms` all of them;
 * names: whether its ending is that of an official document's name
 */
export function parse(text) {
  let plain = normal(text.slice(0, 200)).trim();
  const name = NAME.exec(plain);
  if (name?.[1]) plain = plain.slice(0, -2);
  const whole = plain;
  let number = "";
  for (const pattern of NUMBERS) {
    const found = pattern.exec(plain);
    if (!found) continue;
    const [count, year] = found.slice(1).filter((part) => /^\d+$/.test(part)).reverse();
    number = `#${year}-${count}`;
    plain = plain.slice(0, found.index) + (found[1] > "\u4e00" ? found[1] : "") + " " + plain.slice(found.index + found[0].length);
    break;
  }
  const pieces = [...new Set(runs(plain))].map((run) => ({ text: run, terms: [...new Set(termsOfRun(run))] }));
  if (number) pieces.push({ text: number, terms: [number], number: true });
  let room = MOST;
  for (const piece of pieces) {
    piece.terms = spread(piece.terms, Math.max(1, room));
    room -= piece.terms.length;
  }
  const long = pieces.reduce((sum, piece) => sum + Math.ceil((piece.terms.length + 1) / 2), 0) > MOST_FIRST;
  for (const piece of pieces) {
    const last = piece.terms.length - 1;
    piece.first = piece.terms.filter((_, at) => at % 2 === 0 || at === last);
    if (long) piece.first = spread(piece.first, Math.max(1, Math.round((MOST_FIRST * piece.first.length) / MOST)));
  }
  const length = pieces.reduce((sum, piece) => sum + piece.text.length, 0);
  return { text: whole, pieces, number, names: !!name, question: length >= QUESTION && !number };
}

/** At most `most` of the terms, evenly spaced, including the first and the last. */
export function spread(terms, most) {
  if (terms.length <= most) return terms;
  if (most < 2) return terms.slice(0, most);
  return Array.from({ length: most }, (_, at) => terms[Math.round((at * (terms.length - 1)) / (most - 1))]);
}

