// Titles while typing, and titles near to a query that finds nothing: lunr.js on the index of lunr.py. Fetched on first use.
import { isHan, normal, runs, termsOfRun } from "./tokenizer.mjs";

const MOST = 8;

function script(url) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = url;
    element.onload = () => resolve(globalThis.lunr);
    element.onerror = () => reject(new Error(url));
    document.head.append(element);
  });
}

/** asks: (text) => promise of [{url, title}], the best first; empty where the index is not there. */
export function suggester(read, version, lunrUrl) {
  let ready;
  const open = async () => {
    const [lunr, bytes] = await Promise.all([globalThis.lunr || script(lunrUrl), read("suggest.json", version)]);
    const { titles, index } = JSON.parse(new TextDecoder().decode(bytes));
    return { lunr, titles, index: index && lunr.Index.load(index) };
  };
  return async (text) => {
    const words = runs(normal(text.slice(0, 60)));
    if (!words.length) return [];
    ready ??= open();
    const { lunr, titles, index } = await ready.catch(() => ({}));
    if (!index) return [];
    const ask = (presence) => index.query((query) => {
      for (const word of words) {
        const { NONE, LEADING, TRAILING } = lunr.Query.wildcard;
        const wildcard = !isHan(word) ? TRAILING : [...word].length > 1 ? NONE : LEADING | TRAILING;
        for (const term of termsOfRun(word)) query.term(term, { usePipeline: false, presence, wildcard });
      }
    });
    let found = ask(lunr.Query.presence.REQUIRED);
    if (!found.length) found = ask(lunr.Query.presence.OPTIONAL).filter((hit, _, all) => hit.score > all[0].score / 2);
    return found.slice(0, MOST).map((hit) => ({ url: titles[hit.ref][0], title: titles[hit.ref][1] }));
  };
}
