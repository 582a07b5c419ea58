// The page /search/: what it needs of its HTML stands in docs/search.md § 8.
import { Engine, PAGE } from "./engine.mjs";
import { excerpt, highlighted } from "./excerpt.mjs";
import { source } from "./source.mjs";

const $ = (id) => document.getElementById(id);
const form = $("search"), box = $("q"), list = $("results"), status = $("status"), pages = $("pages"), filters = $("filters");
const everywhere = form.dataset.all && new URLSearchParams(location.search).get("scope") === "all";
const base = new URL((everywhere ? form.dataset.all : form.dataset.index) || "index/", document.baseURI);
const root = new URL(form.dataset.root || "/", document.baseURI);
const here = (name) => new URL(name, import.meta.url).href;
const read = source(base);
const table = async () => (await fetch(here("t2s.txt"))).text();
const FACETS = { column: _("栏目"), kind: _("类型"), year: _("年份"), site: _("网站"), validity: _("有效性") };
const ORDERS = [["", _("按相关度")], ["date", _("按日期")]];
let engine = new Engine(read, table);
let turn = 0;

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The address of a hit, never of a script. */
function address(url) {
  try {
    const found = new URL(url, root);
    return /^http/.test(found.protocol) ? found.href : "#";
  } catch {
    return "#";
  }
}

function state() {
  const found = new URLSearchParams(location.search);
  const chosen = {};
  for (const facet in FACETS) if (found.get(facet)) chosen[facet] = found.get(facet);
  const page = Math.max(1, parseInt(found.get("page")) || 1);
  return { text: (found.get("q") || "").trim(), filters: chosen, order: found.get("order") === "date" ? "date" : "relevance", page };
}

function go(changes) {
  const found = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries({ page: "", ...changes })) value ? found.set(key, value) : found.delete(key);
  history.pushState(null, "", `?${found}`);
  return show();
}

function item(hit, query) {
  const about = [hit.site, hit.column, hit.number, hit.date].filter(Boolean).join("　");
  const link = make("a", { href: address(hit.url) }, ...highlighted(hit.title, query));
  return make("li", {}, link, make("p", { class: "excerpt" }, ...excerpt(hit.text, query)), make("p", { class: "about" }, about));
}

function tell(found, { page, text }) {
  const words = [];
  if (found.hits.length === 0 && found.promoted.length) words.push(_("本站推荐以下结果。"));
  else if (found.hits.length === 0) words.push(page > 1 ? _("没有更多结果。") : _("没有找到与“%s”有关的内容。").replace("%s", () => text));
  else if (found.total === 0) words.push(_("没有完全符合的内容，以下 %s 条与查询部分相关。").replace("%s", found.hits.length));
  else words.push((found.about ? _("找到约 %s 条结果。") : _("找到 %s 条结果。")).replace("%s", found.total) + (page > 1 ? _("第 %s 页。").replace("%s", page) : ""));
  if (found.converted) words.push(_("已按简体“%s”查找。").replace("%s", () => found.converted));
  if (found.incomplete) words.push(_("部分索引暂时取不到，结果可能不全，请稍后重试。"));
  return words.join("");
}

function paging(found, { page }) {
  const last = Math.ceil(found.total / PAGE);
  const near = Array.from({ length: last }, (_, at) => at + 1).filter((one) => one < 2 || Math.abs(one - page) < 3 || one === last);
  pages.hidden = last < 2;
  pages.replaceChildren(make("ul", {}, ...near.flatMap((one, at) => {
    const here = make("li", {}, one === page ? make("span", { "aria-current": "page" }, one) : leaf(one));
    return one - near[at - 1] > 1 ? [make("li", { "aria-hidden": true }, "…"), here] : here;
  })));
}

function leaf(one) {
  const parameters = new URLSearchParams(location.search);
  parameters.set("page", one);
  const link = make("a", { href: `?${parameters}`, "aria-label": _("第 %s 页").replace("%s", one) }, one);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go({ page: one > 1 ? one : "" }).then(() => list.focus());
  });
  return link;
}

async function help(asked, mine) {
  const near = form.dataset.lunr ? await suggestions().then((ask) => ask(asked.text)).catch(() => []) : [];
  const { tips } = await import("./help.mjs");
  if (mine === turn) status.append(tips(make, near.map(({ url, title }) => [address(url), title]), asked.filters));
}

async function show() {
  const mine = ++turn;
  const asked = state();
  box.value = asked.text;
  list.dataset.state = "busy";
  list.setAttribute("aria-busy", "true");
  let found = null;
  if (asked.text) {
    status.textContent = _("正在查找……");
    try {
      found = await search(asked);
    } catch {
      if (mine === turn) status.textContent = _("索引暂时取不到，请检查网络后重试。");
    }
  } else status.textContent = "";
  if (mine !== turn) return;
  list.replaceChildren(...(found ? [...found.promoted.map(promoted), ...found.hits.map((hit) => item(hit, found.query))] : []));
  if (found) {
    list.start = asked.page * PAGE - 9;
    status.textContent = tell(found, asked);
    if (!found.hits.length && !found.promoted.length && asked.page === 1) await help(asked, mine).catch(() => {});
    paging(found, asked);
  } else pages.hidden = true;
  chosen(asked);
  list.removeAttribute("aria-busy");
  list.dataset.state = "done";
}

const promoted = ({ title, url }) => make("li", { class: "promoted" }, make("span", { class: "mark" }, _("推荐")), " ", make("a", { href: address(url) }, title));

/** A search; where files are missing because a new index was published meanwhile, once more with the new one. */
async function search({ text, ...options }) {
  const found = await engine.search(text, options);
  if (!found.incomplete) return found;
  const again = new Engine(source(base), table);
  await again.open().catch(() => {});
  if (JSON.stringify(again.manifest) === JSON.stringify(engine.manifest) || !again.manifest) return found;
  engine = again;
  return engine.search(text, options);
}

// --- filters ---------------------------------------------------------------------------------------------------

function choice(name, label, options) {
  const id = `filter-${name}`;
  const select = make("select", { id, name }, ...options.map(([value, word]) => make("option", { value }, word)));
  select.addEventListener("change", () => go({ [name]: select.value }));
  return make("div", {}, make("label", { for: id }, label), select);
}

async function openFilters() {
  const facets = JSON.parse(new TextDecoder().decode(await read("facets.json", engine.manifest.facets)));
  const part = make("div", { class: "choices" }, choice("order", _("排序"), ORDERS));
  for (const [facet, label] of Object.entries(FACETS)) {
    const values = facets[facet] || [];
    if (facet === "year") values.reverse();
    if (values.length > 1) part.append(choice(facet, label, [["", _("全部")], ...values]));
  }
  filters.append(part);
  chosen(state());
}

/** Shows in the filters what the address says; opens them where it says anything. */
function chosen(asked) {
  if (asked.order === "date" || Object.keys(asked.filters).length) filters.open = true;
  for (const select of filters.querySelectorAll("select")) {
    select.value = (select.name === "order" ? (asked.order === "date" ? "date" : "") : asked.filters[select.name]) || "";
  }
}

// --- suggestions -----------------------------------------------------------------------------------------------

let asks;
const suggestions = () => (asks ??= Promise.all([import("./suggest.mjs"), engine.open()]).then(([{ suggester }]) =>
  suggester(read, engine.manifest.suggestions, new URL(form.dataset.lunr, document.baseURI).href)));

if (form.dataset.lunr) box.addEventListener("focus", () => import("./combobox.mjs").then(({ combobox }) => combobox(box, $("suggestions"), async (text) => (await suggestions())(text), address)), { once: true });

for (const scope of form.querySelectorAll("[name=scope]")) {
  scope.checked = (scope.value === "all") === !!everywhere;
  scope.addEventListener("change", () => location.assign(`?${new URLSearchParams({ q: box.value.trim(), scope: scope.value })}`));
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  go({ q: box.value.trim() });
});
addEventListener("popstate", show);
filters.addEventListener("toggle", () => engine.open().then(openFilters).catch(() => {}), { once: true });
list.tabIndex = -1;
await show();
await engine.open().then(async () => {
  const { segments, facets, suggestions: titles } = engine.manifest;
  await read.tidy([...segments.map((segment) => segment.version), facets, titles]);
}).catch(() => {});
