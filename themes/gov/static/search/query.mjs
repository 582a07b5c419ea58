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
const QUESTION = 12; // characters from which a query that no document holds is read like a question
// words that ask: a query with one of them is a question, and they are no words to look for
const ASKS = /请问|是?什么|为什么|怎么[办样]?|怎样|如何|是否|[能可]否|能不能|可不可以|是不是|有没有|哪[些个种里类]?|多[少久大长]|几[个种天年]|何[时地种为]|为何|[谁吗呢?]+|可以|应当|应该|以及|或者|[的了]/g;
const STRONGER = /请问|什么|怎[么样]|如何|是否|[能可]否|[能可]不[能可]|是不是|有没有|哪|多[少久大长]|几[个种天年]|何[时地种为]|为何|[谁吗呢?]/;
const MOST_ASKED = 24; // terms of a question that are fetched

/**
 * {text, pieces: [{text, terms, first}], number, names, asks, question}: `first` are the terms that cover the piece, `terms` all of them;
 * names: whether its ending is that of an official document's name; asks: whether it asks a question; question: also any long query
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
  const asks = !number && STRONGER.test(plain);
  if (asks) plain = plain.replace(ASKS, " ");
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
  if (asks) {
    let left = MOST_ASKED;
    for (const piece of pieces) {
      piece.first = piece.terms = spread(piece.terms, Math.max(1, left));
      left -= piece.terms.length;
    }
  }
  const length = pieces.reduce((sum, piece) => sum + piece.text.length, 0);
  return { text: whole, pieces, number, names: !!name, asks, question: asks || (length >= QUESTION && !number) };
}

/** At most `most` of the terms, evenly spaced, including the first and the last. */
export function spread(terms, most) {
  if (terms.length <= most) return terms;
  if (most < 2) return terms.slice(0, most);
  return Array.from({ length: most }, (_, at) => terms[Math.round((at * (terms.length - 1)) / (most - 1))]);
}

