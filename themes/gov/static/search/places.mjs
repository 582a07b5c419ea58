// The section of a page that best matches a query, by the ids of headings and 条 (jiyue/catalogue/places.py).
import { normal } from "./tokenizer.mjs";

const HEADING = "\f"; // begins a heading's line
const ARTICLE = /^第\s*[〇零一二两三四五六七八九十百千0-9]{1,9}\s*[编章条](?:之[一二三四五六七八九十]{1,3})?(?![\p{L}\p{N}_])/u;
const SIGNS = /[^\p{L}\p{N}_]+/gu;
const LONGEST = 60;
const OF_PAGE = /^[a-z-]+\d*$/; // such a name may be an id of the page's furniture

function placeName(line) {
  const text = line.trim();
  const article = ARTICLE.exec(text);
  if (article && (line[0] === HEADING || /条/.test(article[0]))) return article[0].replace(/\s/g, "");
  if (line[0] !== HEADING) return "";
  const name = text.replace(SIGNS, "-").replace(/^-+|-+$/g, "");
  return [...name].slice(0, LONGEST).join("").replace(/-+$/, "");
}

/** A text's sections as {name, text}, each starting at a heading or 条 and named by its id; the first, before any, is ''. */
export function partsOf(text) {
  const taken = new Set();
  const parts = [{ name: "", text: "" }];
  for (const line of text.split("\n")) {
    const name = placeName(line);
    if (name) {
      let free = name;
      for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
      taken.add(free);
      parts.push({ name: free, text: "" });
    }
    parts[parts.length - 1].text += `${normal(line)}\n`;
  }
  return parts;
}

/** '#id' of the first section with the most words of the query; '' for the page's beginning or no match. */
function placeOf(text, words) {
  let most = 0, best = "";
  for (const part of partsOf(text)) {
    const held = words.reduce((sum, word) => sum + (part.text.includes(word) ? word.length : 0), 0);
    if (held > most) [most, best] = [held, part.name];
  }
  return best && !OF_PAGE.test(best) ? `#${encodeURIComponent(best)}` : "";
}

/** '#id' of the section of a hit's page to which its link leads; '' for the page's beginning, also if the query is the page's name. */
export function placeOfHit(hit, query) {
  const pieces = query.pieces.filter((piece) => !piece.number);
  const title = normal(hit.title);
  if (!pieces.length || pieces.every((piece) => title.includes(piece.text))) return "";
  const plain = normal(hit.text);
  const words = pieces.flatMap((piece) => (plain.includes(piece.text) ? [piece.text] : piece.terms));
  return placeOf(hit.text, words);
}

/** Points the links of an answer's hits (after those of promoted pages) to their sections. */
export function lead({ hits, promoted, query }, links) {
  hits.forEach((hit, at) => {
    const link = links[promoted.length + at];
    if (!link.hash) link.hash = placeOfHit(hit, query);
  });
}
