// The search of touch screens: a keyboard for pinyin, candidates from the titles of the site, hits as pages of the screens.
import { Engine } from "./engine.mjs";
import { excerpt, highlighted } from "./excerpt.mjs";
import { source } from "./source.mjs";

const rows = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];
const LONGEST_TEXT = 30;
const WORDS_SHOWN = 5;
const SIGNS_SHOWN = 24;
const find = (name) => document.querySelector(name);
const typedBox = find(".typed"), choices = find(".candidates"), board = find(".board"), list = find(".hits"), told = find(".status");
const absolute = (path) => new URL(path, document.baseURI).href;
const siteRoot = absolute(typedBox.dataset.root || "./");
const readIndex = source(absolute(typedBox.dataset.index));
const beside = (name) => fetch(new URL(name, import.meta.url)).then((answer) => answer.text());
const asked = new Engine(readIndex, () => beside("t2s.txt"));
let text = "", letters = "";
let latest = 0, later = 0;

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function key(label, press, more = {}) {
  const button = element("button", { type: "button", class: "key", ...more }, label);
  button.addEventListener("click", press);
  return button;
}

/** (letters) => [[text, letters that it spells]]: words of the site's titles, then single characters, the usual ones first. */
async function candidates() {
  await asked.open();
  const [{ read, titlesBySound }, table, stored] = await Promise.all([
    import("./pinyin.mjs"), beside("pinyin.txt"), readIndex("suggest.json", asked.manifest.suggestions).catch(() => null),
  ]);
  const titles = stored ? JSON.parse(new TextDecoder().decode(stored)).titles.map(([, title]) => title) : [];
  const bySound = titlesBySound(titles, table);
  const often = new Map();
  for (const sign of titles.join("")) often.set(sign, (often.get(sign) || 0) + 1);
  const signs = new Map();
  for (const [sign, syllable] of read(table).usual) signs.set(syllable, [...(signs.get(syllable) || []), sign]);
  for (const all of signs.values()) all.sort((a, b) => (often.get(b) || 0) - (often.get(a) || 0));
  return (spelt) => {
    const words = [...new Set(bySound(spelt).map(({ word }) => word))].filter((word) => [...word].length > 1);
    const found = words.slice(0, WORDS_SHOWN).map((word) => [word, spelt.length]);
    for (let size = Math.min(6, spelt.length); size > 0; size--) {
      const part = spelt.slice(0, size);
      const exact = signs.get(part);
      const begun = size === spelt.length ? [...signs].filter(([syllable]) => syllable !== part && syllable.startsWith(part)).flatMap(([, all]) => all.slice(0, 3)) : [];
      begun.sort((a, b) => (often.get(b) || 0) - (often.get(a) || 0));
      found.push(...[...(exact || []), ...begun].slice(0, SIGNS_SHOWN).map((sign) => [sign, size]));
      if (exact || begun.length) break;
    }
    return found;
  };
}

let spell;
const ready = candidates().then((made) => (spell = made), () => {});

function draw() {
  typedBox.firstElementChild.replaceChildren(text || letters ? text : _("点下面的字母，用拼音输入"), element("u", {}, letters));
  const found = letters && spell ? spell(letters) : [];
  choices.replaceChildren(...found.map(([word, size]) => key(word, () => take(word, size))), ...(letters ? [key(letters, () => take(letters, letters.length))] : []));
}

function take(word, size) {
  text = (text + word).slice(0, LONGEST_TEXT);
  letters = letters.slice(size);
  draw();
  clearTimeout(later);
  later = setTimeout(look, 200);
}

function press(sign) {
  if (/\d/.test(sign)) {
    take(letters + sign, letters.length);
  } else {
    letters = (letters + sign).slice(0, 18);
    draw();
  }
}

function erase() {
  if (letters) letters = letters.slice(0, -1);
  else {
    text = [...text].slice(0, -1).join("");
    later = setTimeout(look, 200);
  }
  draw();
}

/** A hit: a link to its page of the screens, or where there is none, its title and the code of its address. */
async function item(hit, query, pages) {
  const path = decodeURIComponent(new URL(hit.url, siteRoot).href.slice(siteRoot.length));
  const about = element("span", { class: "about" }, [hit.column, hit.date].filter(Boolean).join(" "));
  const body = [element("strong", {}, ...highlighted(hit.title, query)), element("span", { class: "excerpt" }, ...excerpt(hit.text, query)), about];
  if (pages.includes(path)) return element("li", {}, element("a", { href: new URL("./" + path.split("/").map(encodeURIComponent).join("/"), document.baseURI).href }, ...body));
  const { svg } = await import("../qr.mjs");
  const code = element("span", { class: "qr" });
  code.append(svg(new URL(hit.url, typedBox.dataset.home).href));
  return element("li", { class: "away" }, element("div", {}, ...body), code);
}

async function look() {
  const mine = ++latest;
  const wanted = (text + letters).trim();
  if (!wanted) {
    list.replaceChildren();
    told.textContent = "";
    return;
  }
  told.textContent = _("正在查找……");
  try {
    const [pages, found] = await Promise.all([fetch(typedBox.dataset.pages).then((answer) => answer.json()), asked.search(wanted)]);
    const items = await Promise.all([...found.promoted, ...found.hits].filter(({ text: body }) => body !== undefined).map((hit) => item(hit, found.query, pages)));
    if (mine !== latest) return;
    list.replaceChildren(...items);
    told.textContent = items.length ? _("找到约 %s 条结果。").replace("%s", found.total || items.length) : _("没有找到，请换个说法。");
  } catch {
    if (mine === latest) told.textContent = _("索引暂时取不到，请检查网络后重试。");
  }
}

board.append(...rows.map((row) => element("div", { class: "row" }, ...[...row].map((sign) => key(sign, () => press(sign))))), element("div", { class: "row" },
  key(_("删除"), erase), key(_("清空"), () => { text = letters = ""; draw(); look(); }), key(_("搜索"), look, { class: "key main" })));
told.textContent = "";
draw();
ready.then(draw);
