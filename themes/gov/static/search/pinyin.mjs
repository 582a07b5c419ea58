// Finds titles by pinyin, for readers who type gongjijin or gjj. bench/search_lab/make_pinyin.py makes the table.
const FIRST_LEVEL = 3755; // characters of GB 2312 in order of pinyin, 94 per row
const LONGEST = 4; // the most characters of a phrase
const INITIAL = /^(?:[zcs]h|[a-z])/;

/** {usual, phrases}: each character's usual syllable, and the phrases in which some characters have another. */
export function read(table) {
  const [runs, others, phrases] = table.split("\n");
  const bytes = new Uint8Array(FIRST_LEVEL * 2).map((_, at) => (at % 2 ? 0xa1 + ((at >> 1) % 94) : 0xb0 + Math.floor((at >> 1) / 94)));
  const signs = [...new TextDecoder("gbk").decode(bytes)];
  const usual = new Map();
  let begin = 0;
  for (const [, syllable, count] of runs.matchAll(/([a-z]+)(\d+)/g)) {
    for (const sign of signs.slice(begin, (begin += Number(count)))) usual.set(sign, syllable);
  }
  for (const [, syllable, group] of others.matchAll(/([a-z]+)([^a-z]+)/g)) for (const sign of group) usual.set(sign, syllable);
  const spelt = [...phrases.matchAll(/([^a-z ]+)([a-z ]+)/g)].map(([, phrase, syllables]) => [phrase, syllables.split(" ")]);
  return { usual, phrases: new Map(spelt) };
}

/** The syllables of each character: its usual one, and another inside a phrase; letters and digits are their own. */
export function sounds(text, { usual, phrases }) {
  const signs = [...text];
  const found = signs.map((sign) => (usual.has(sign) ? [usual.get(sign)] : /[a-z0-9]/i.test(sign) ? [sign.toLowerCase()] : []));
  for (let at = 0; at < signs.length; at++) {
    for (let size = 2; size <= LONGEST; size++) {
      const syllables = phrases.get(signs.slice(at, at + size).join(""));
      syllables?.forEach((syllable, place) => found[at + place].includes(syllable) || found[at + place].push(syllable));
    }
  }
  return found;
}

/** {end, short} if the letters spell the characters from `at` on by syllables (the last may be incomplete) or initials (`short` of them). */
function spelling(letters, spoken, at) {
  if (!letters) return { end: at, short: 0 };
  const syllables = spoken[at] || [];
  if (syllables.some((syllable) => syllable.startsWith(letters))) return { end: at + 1, short: syllables.includes(letters) ? 0 : 0.5 };
  const whole = new Set(syllables);
  const parts = new Set([...whole, ...syllables.flatMap((syllable) => [INITIAL.exec(syllable)?.[0] || syllable, syllable[0]])]);
  let best = null;
  for (const part of parts) {
    const rest = letters.startsWith(part) && spelling(letters.slice(part.length), spoken, at + 1);
    const short = rest ? rest.short + !whole.has(part) : 0;
    if (rest && !(best?.short <= short)) best = { end: rest.end, short };
  }
  return best;
}

/** (letters) => [{place, word}] of the titles of which they spell a part (`word`), best first. place: index in `titles`. */
export function titlesBySound(titles, table) {
  const known = read(table);
  const spoken = titles.map((title) => sounds(title, known));
  return (letters) => {
    const found = [];
    spoken.forEach((one, place) => {
      let best = null;
      for (let at = 0; at < one.length; at++) {
        const hit = spelling(letters, one, at);
        if (hit && !(best?.short <= hit.short)) best = { ...hit, place, at };
      }
      if (best) found.push(best);
    });
    found.sort((a, b) => a.short - b.short || a.at - b.at || a.place - b.place);
    return found.map(({ place, at, end }) => ({ place, word: [...titles[place]].slice(at, end).join("") }));
  };
}
