// Suggests titles while typing, and titles similar to a query without hits: lunr.js on the index of lunr.py, and pinyin. Loaded on first use.
import { isHan, normal, runs, termsOfRun } from "./tokenizer.mjs";

const MOST = 8;
const PINYIN = /^[a-z][a-z' ]*[a-z]$/;

function script(url) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = url;
    element.onload = () => resolve(globalThis.lunr);
    element.onerror = () => reject(new Error(url));
    document.head.append(element);
  });
}

/** asks: (text) => promise of [{url, title, word}], best first. word: the part spelt in pinyin. Empty without an index. */
export function suggester({ read, engine }, lunrUrl) {
  let ready, spelt;
  const bySound = async (titles) => {
    const [{ titlesBySound }, table] = await Promise.all([import("./pinyin.mjs"), fetch(new URL("pinyin.txt", import.meta.url))]);
    return titlesBySound(titles.map(([, title]) => title), await table.text());
  };
  const open = async () => {
    const stored = engine.open().then(() => read("suggest.json", engine.manifest.suggestions));
    const [lunr, bytes] = await Promise.all([globalThis.lunr || script(lunrUrl), stored]);
    const { titles, index } = JSON.parse(new TextDecoder().decode(bytes));
    return { lunr, titles, index: index && lunr.Index.load(index) };
  };
  return async (text) => {
    const plain = normal(text.slice(0, 60)).trim();
    const words = runs(plain);
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
    const titled = (place, word) => ({ url: titles[place][0], title: titles[place][1], word });
    const found = ask(lunr.Query.presence.REQUIRED).map((hit) => titled(hit.ref));
    if (PINYIN.test(plain) && found.length < MOST && /^zh/.test(document.documentElement.lang)) {
      const hits = await (spelt ??= bySound(titles)).catch(() => () => []);
      for (const { place, word } of hits(plain.replace(/[' ]/g, ""))) if (!found.some(({ url }) => url === titles[place][0])) found.push(titled(place, word));
    }
    if (!found.length) found.push(...ask(lunr.Query.presence.OPTIONAL).filter((hit, _, all) => hit.score > all[0].score / 2).map((hit) => titled(hit.ref)));
    return found.slice(0, MOST);
  };
}
