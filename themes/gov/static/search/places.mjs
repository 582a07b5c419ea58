// The section of a page that best matches a query, by the ids of headings and 条 (jiyue/catalogue/places.py).
import { normal } from "./tokenizer.mjs";

const HEADING = "\f"; // begins a heading's line
const ARTICLE = /^第\s*[〇零一二两三四五六七八九十百千0-9]{1,9}\s*[编章条](?:之[一二三四五六七八九十]{1,3})?(?![\p{L}\p{N}_])/u;
const SIGNS = /[^\p{L}\p{N}_]+/gu;
const LONGEST = 60;
const LONG = 1000; // characters: a section twice as long needs somewhat more of the words
const OF_PAGE = /^[a-z-]+\d*$/; // such a name may be an id of the page's furniture

function placeName(line) {
  const text = line.trim();
  const article = ARTICLE.exec(text);
  if (article && (line[0] === HEADING || /条/.test(article[0]))) return article[0].replace(/\s/g, "");
  if (line[0] !== HEADING) return "";
  const name = text.replace(SIGNS, "-").replace(/^-+|-+$/g, "");
  return [...name].slice(0, LONGEST).join("").replace(/-+$/, "");
}

/**
 * A text's sections as {name, text}, each starting at a heading or 条 and named by its id; the first, before any, is `place`, '' for
 * the page's beginning. renamed: ids that differ from what the words of this part of the page alone give.
 */
export function partsOf(text, place = "", renamed = {}) {
  const taken = new Set();
  const parts = [{ name: place, text: "" }];
  for (const line of text.split("\n")) {
    const name = placeName(line);
    if (name) {
      let free = name;
      for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
      taken.add(free);
      parts.push({ name: renamed[free] || free, text: "" });
    }
    parts[parts.length - 1].text += `${line}\n`;
  }
  return parts;
}

/** The section of a hit's text that has most of the query: {place: '#id', '' for the page's beginning, text}. */
export function sectionOf(hit, query) {
  const pieces = query.pieces.filter((piece) => !piece.number);
  const plain = normal(hit.text);
  const words = pieces.flatMap((piece) => (plain.includes(piece.text) ? [piece.text] : piece.terms));
  let most = 0, best = { name: "", text: hit.text };
  for (const part of partsOf(hit.text, hit.place, hit.renamed)) {
    const body = normal(part.text);
    const held = words.reduce((sum, word) => sum + (body.includes(word) ? word.length : 0), 0) / (1 + body.length / LONG);
    if (held > most) [most, best] = [held, part];
  }
  return { place: best.name && !OF_PAGE.test(best.name) ? `#${encodeURIComponent(best.name)}` : "", text: best.text };
}

/** '#id' of the section of a hit's page to which its link leads; '' if the query is the page's name. */
export const placeOfHit = (hit, query) => (isNamed(hit, query) ? "" : sectionOf(hit, query).place);

function isNamed(hit, query) {
  const pieces = query.pieces.filter((piece) => !piece.number);
  const title = normal(hit.title);
  return pieces.every((piece) => title.includes(piece.text));
}

/** Points the links of an answer's hits (after those of promoted pages) to their sections. show(link, text): shows a section's excerpt. */
export function lead({ hits, promoted, query }, links, show) {
  hits.forEach((hit, at) => {
    if (isNamed(hit, query)) return;
    const link = links[promoted.length + at];
    const { place, text } = sectionOf(hit, query);
    if (link.hash || !place) return;
    link.hash = place;
    show(link, text);
  });
}
