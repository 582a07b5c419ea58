// Plans a search: first AND, then OR, with few files fetched in parallel. Reasons: docs/search.md § 6.
import { fragmentPath } from "./shards.mjs";
import { readFragment } from "./fragments.mjs";
import { Lists, documentOf, levelIn, partsOfDocument } from "./lists.mjs";
import { parse } from "./query.mjs";
import { answering, judge, rarity, weight } from "./rank.mjs";

export const PAGE = 10;
const ENOUGH = 12; // candidates from which on texts decide: no more lists are fetched
const COMMON = 0.3; // share of documents from which a term is a stop word next to others
const FEW = 6000; // documents up to which a long list is always cheap enough to fetch
const AFFORDED = 24000; // the most documents in long lists that a query fetches
const DOUBTFUL = 16; // texts read if no document has all terms
const CROWDED = 14; // texts read if more than a page of documents have all of several terms
const STRANGE = 0.2; // share of unknown terms from which the query may be in traditional characters
const STRANGE_QUESTION = 0.5; // of a question, which always has some

export class Engine {
  /** read(path, version) returns a promise of bytes; traditional() one of the table "traditional\nsimplified". */
  constructor(read, traditional = async () => "\n") {
    this.read = read;
    this.traditional = traditional;
    this.texts = new Map(); // unpacked once
  }

  async open() {
    this.ready ??= this.read("m.json", "").then((bytes) => {
      this.manifest = JSON.parse(new TextDecoder().decode(bytes));
      this.lists = new Lists(this.read, this.manifest.segments);
    });
    return this.ready;
  }

  /**
   * {query, hits, total, about, found, incomplete, converted, promoted}. hits: page `page` of the documents with all terms
   * (found, without their texts), then, on the first page, of those with some. about: total is an upper estimate.
   * all: fetch every list instead of estimating.
   */
  async search(text, { filters = {}, order = "relevance", page = 1, all = false } = {}) {
    await this.open();
    this.lists.missing = 0;
    let query = parse(text);
    const wanted = { filters: filterTerms(filters), order, page, all };
    let found = await this.#find(query, wanted);
    let converted = "";
    if (found.unknown >= (query.asks ? STRANGE_QUESTION : STRANGE)) {
      const simple = await this.#simplified(query.text);
      if (simple !== query.text) {
        converted = simple;
        query = parse(simple);
        found = await this.#find(query, wanted);
      }
    }
    let hits = await this.#read(found, query, wanted);
    if (found.deeper && !hits.some((hit) => hit.whole)) {
      found = await this.#deeper(query, found.unknown, wanted, true);
      hits = await this.#read(found, query, wanted);
    }
    const typed = query.text.replace(/\s/g, "");
    const promoted = (page === 1 && this.manifest.promoted || []).filter(([queries]) => queries.includes(typed)).map(([, title, url]) => ({ title, url }));
    hits = hits.filter(({ url }) => !promoted.some((one) => one.url === url));
    const { total, about } = found;
    return { query, hits, total, about, found: found.hits, incomplete: this.lists.missing > 0, converted, promoted };
  }

  async #simplified(text) {
    const [from, to] = (await this.traditional()).split("\n").map((line) => [...line]);
    const table = new Map(from.map((sign, at) => [sign, to[at]]));
    return [...text].map((sign) => table.get(sign) || sign).join("");
  }

  async #find(query, wanted) {
    const { lists } = this;
    const first = query.pieces.flatMap((piece) => piece.first);
    const every = query.pieces.flatMap((piece) => piece.terms);
    await lists.load([...first, ...wanted.filters]);
    const terms = first.filter((term) => this.#known(term));
    const unknown = first.length ? 1 - terms.length / first.length : 0;
    if (query.asks) return { hits: [], total: 0, about: false, related: await this.#disjunction(terms, [], wanted, query), unknown, deeper: false };
    const found = terms.length ? await this.#conjunction(terms, wanted, query) : { hits: [], total: 0, about: false };
    const more = every.length > first.length;
    if (more && (found.hits.length === 0 || found.hits.length > ENOUGH || wanted.all)) return this.#deeper(query, unknown, wanted);
    const related = await this.#disjunction(terms, found.hits, wanted, query);
    return { ...found, related, unknown, deeper: more };
  }

  /** Search again with all terms of the query, not only those that cover it. */
  async #deeper(query, unknown, wanted, doubtful) {
    const every = query.pieces.flatMap((piece) => piece.terms);
    await this.lists.load(every);
    const terms = every.filter((term) => this.#known(term));
    const found = terms.length ? await this.#conjunction(terms, wanted, query) : { hits: [], total: 0, about: false };
    if (!found.hits.length || doubtful) await this.lists.wholes(terms, AFFORDED);
    return { ...found, related: await this.#disjunction(terms, found.hits, wanted, query), unknown, deeper: false };
  }

  #known(term) {
    return this.lists.count(term) > 0 || this.lists.segments.some((segment) => this.lists.of(segment, term) === null);
  }

  /** The documents with all terms, best first. */
  async #conjunction(terms, wanted, query) {
    const parts = await Promise.all(this.lists.segments.map((segment) => this.#inSegment(segment, terms, wanted, query)));
    const hits = parts.flatMap((part) => part.hits);
    const total = parts.reduce((sum, part) => sum + part.total, 0);
    return { hits: inOrder(hits, wanted.order), total, about: parts.some((part) => part.about) };
  }

  async #inSegment(segment, terms, { filters, order, page, all }, { names }) {
    const { lists } = this;
    const nothing = { hits: [], total: 0, about: false };
    const known = [...new Set(terms)].filter((term) => lists.of(segment, term));
    if (!known.length || [...known, ...filters].some((term) => lists.of(segment, term)?.count === 0)) return nothing;
    const must = await Promise.all(filters.map((term) => lists.whole(segment, term)));
    const byCount = known.map((term) => ({ term, list: lists.of(segment, term) })).sort((a, b) => a.list.count - b.list.count);
    let numbers = null;
    let about = false;
    let spent = 0;
    const one = byCount.length === 1 && !filters.length && !all && order === "relevance" && page === 1;
    for (const { term, list } of byCount) {
      if (!list.whole && !one) {
        const few = numbers?.length <= ENOUGH;
        spent += list.count;
        if (!all && numbers && (few || spent > AFFORDED || list.count > Math.max(FEW, COMMON * segment.parts))) {
          about = true;
          continue;
        }
        await lists.whole(segment, term);
      }
      const held = list.postings;
      if (!numbers) numbers = Array.from({ length: held.length / 2 }, (_, at) => held[at * 2]);
      else numbers = numbers.filter((number) => levelIn(held, number) >= 0);
    }
    for (const list of must) if (list) numbers = numbers.filter((number) => levelIn(list.postings, number) >= 0);
    const scale = byCount.map(({ term }) => rarity(lists.count(term), lists.parts));
    const sum = scale.reduce((a, b) => a + b, 0);
    const hits = numbers.map((number) => {
      let score = 0;
      let inTitle = true;
      byCount.forEach(({ list }, at) => {
        const level = levelIn(list.postings, number);
        score += scale[at] * weight(level, names ? "name" : "query");
        inTitle &&= level > 5;
      });
      return { segment, number, score: score / sum + (inTitle ? 2 : 0), exact: true };
    });
    return { hits, total: one ? byCount[0].list.count : hits.length, about };
  }

  /** The documents with some of the terms, by their share of the query's total rarity. */
  async #disjunction(terms, exact, wanted, { question }) {
    const { filters, page } = wanted;
    if (exact.length >= PAGE || page > 1) return [];
    const { lists } = this;
    const had = new Set(exact.map(({ segment, number }) => segment.name + number));
    const scale = new Map(terms.map((term) => [term, rarity(lists.count(term), lists.parts)]));
    const sum = [...scale.values()].reduce((a, b) => a + b, 0) || 1;
    const found = [];
    for (const segment of lists.segments) {
      const answers = (segment, must) => {
        const { parts, titles } = this.#parts(segment, scale);
        for (const [number, scored] of parts) {
          if (had.has(segment.name + number) || !must.every((list) => levelIn(list.postings, number) >= 0)) continue;
          found.push({ segment, number, exact: false, ...answering(scored, titles.get(number), sum) });
        }
      };
      const must = (await Promise.all(filters.map((term) => lists.whole(segment, term)))).filter(Boolean);
      if (question) {
        answers(segment, must);
        continue;
      }
      const scores = new Map();
      for (const [term, factor] of scale) {
        const list = lists.of(segment, term);
        if (!list) continue;
        for (let at = 0; at < list.postings.length; at += 2) {
          const number = list.postings[at];
          const kept = scores.get(number) || [0, 0];
          kept[0] += factor * weight(list.postings[at + 1], "query");
          kept[1] += factor;
          scores.set(number, kept);
        }
      }
      for (const [number, [score, covered]] of scores) {
        if (had.has(segment.name + number) || !must.every((list) => levelIn(list.postings, number) >= 0)) continue;
        found.push({ segment, number, score: (score / sum) * (covered / sum), exact: false });
      }
    }
    return inOrder(found, "relevance");
  }

  /** What a segment's parts have of the terms: {parts: document → [[part, score, covered] …], titles: document → [score, covered]}. */
  #parts(segment, scale) {
    const scores = new Map();
    const titles = new Map();
    const add = (to, number, factor, level) => {
      const kept = to.get(number) || [0, 0];
      kept[0] += factor * weight(level, "question");
      kept[1] += factor;
      to.set(number, kept);
    };
    for (const [term, factor] of scale) {
      const list = this.lists.of(segment, term)?.parts || [];
      for (let at = 0; at < list.length; at += 2) add(list[at + 1] > 5 ? titles : scores, list[at], factor, list[at + 1]);
    }
    const parts = new Map([...titles.keys()].map((number) => [number, []]));
    for (const [part, [score, covered]] of scores) {
      const number = documentOf(segment, part);
      if (!parts.has(number)) parts.set(number, []);
      parts.get(number).push([part, score, covered]);
    }
    return { parts, titles };
  }

  /** The part of a hit's document that has most of the terms: its text is shown. */
  #bestPart({ segment, number }, terms) {
    const [begin, end] = partsOfDocument(segment, number);
    if (end - begin < 2) return number;
    const scores = new Float64Array(end - begin);
    for (const term of terms) {
      const { parts = [] } = this.lists.of(segment, term) || {};
      const factor = rarity(this.lists.count(term), this.lists.parts);
      for (let part = begin; part < end; part++) {
        const level = levelIn(parts, part);
        if (level >= 0 && level < 6) scores[part - begin] += factor * weight(level, "query");
      }
    }
    return begin + scores.indexOf(Math.max(...scores));
  }

  /** The page's hits with their texts, ranked by them. */
  async #read({ hits, related }, query, { order, page }) {
    const crowded = hits.length > PAGE && order !== "date" && query.pieces.some((piece) => piece.terms.length > 1);
    const head = crowded ? CROWDED : PAGE; // hits that may be reordered by their texts
    const terms = query.pieces.flatMap((piece) => piece.terms);
    const texts = async (chosen) => (await Promise.all(chosen.map((hit) => this.#fragment(hit, terms)))).filter(Boolean).map((hit) => judge(hit, query));
    const inPlace = (judged) => (order === "date" ? judged : judged.sort((a, b) => b.score - a.score));
    if (page === 1) {
      const chosen = hits.slice(0, head);
      chosen.push(...related.slice(0, Math.max(0, (hits.length || query.asks ? PAGE : DOUBTFUL) - chosen.length)));
      return inPlace(await texts(chosen)).slice(0, PAGE);
    }
    const begin = (page - 1) * PAGE;
    const before = crowded && page === 2 ? inPlace(await texts(hits.slice(0, head))).slice(PAGE) : [];
    return before.concat(await texts(hits.slice(page === 2 ? head : begin, begin + PAGE)));
  }

  async #fragment(hit, terms) {
    const path = fragmentPath(hit.segment.name, hit.part ?? this.#bestPart(hit, terms));
    try {
      if (!this.texts.has(path)) this.texts.set(path, this.read(path, hit.segment.version).then(readFragment));
      return { ...hit, ...(await this.texts.get(path)) };
    } catch {
      this.texts.delete(path);
      this.lists.missing++;
      return null;
    }
  }
}

const filterTerms = (filters) => Object.entries(filters).filter(([, value]) => value).map(([facet, value]) => `@${facet}:${value}`);

/** Best first, then newest first: later segments and higher numbers have later dates. */
function inOrder(hits, order) {
  const newer = (a, b) => (a.segment.name < b.segment.name ? 1 : a.segment.name > b.segment.name ? -1 : b.number - a.number);
  return hits.sort((a, b) => (order === "date" ? 0 : b.score - a.score) || newer(a, b));
}

