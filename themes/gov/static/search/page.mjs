// The page /search/. docs/search.md § 8 describes the HTML that it needs.
import { Engine, PAGE } from "./engine.mjs";
import { excerpt, highlighted } from "./excerpt.mjs";
import { source } from "./source.mjs";

const $ = (id) => document.getElementById(id);
const form = $("search"), box = $("q"), list = $("results"), status = $("status"), pages = $("pages"), filters = $("filters");
const root = new URL(form.dataset.root || "/", document.baseURI);
const table = async () => (await fetch(new URL("t2s.txt", import.meta.url))).text();
const FACETS = ["column", "kind", "year", "site", "validity", "lang"];
const LOOKS = {
  现: "good", // 现行有效
  已: "changed", // 已修改
  尚: "future", // 尚未施行
};
const indexes = {};
let index; // that of the scope in the address: this site, or all
let turn = 0;

/** The index of a scope, '' or 'all', as {base, read, engine}. */
function opened(scope) {
  const base = new URL((scope ? form.dataset.all : form.dataset.index) || "index/", document.baseURI).href;
  const read = source(base);
  return (indexes[scope] ??= { base, read, engine: new Engine(read, table) });
}

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** The address of a hit; never a `javascript:` one. */
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
  for (const facet of FACETS) if (found.get(facet)) chosen[facet] = found.get(facet);
  const page = Math.max(1, parseInt(found.get("page")) || 1);
  const scope = form.dataset.all && found.get("scope") === "all" ? "all" : "";
  return { text: (found.get("q") || "").trim(), filters: chosen, order: found.get("order") === "date" ? "date" : "relevance", page, scope };
}

/** The address with some parameters changed, without empty ones. */
function changed(changes) {
  const found = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(changes)) value ? found.set(key, value) : found.delete(key);
  return `?${found}`;
}

function go(changes) {
  history.pushState(null, "", changed({ page: "", ...changes }));
  return show();
}

function item(hit, query) {
  const { validity, created, date } = hit;
  const about = [hit.number, hit.issuer, index === indexes.all && hit.site, hit.column, created && _("%s 成文").replace("%s", created), date];
  const look = validity && (LOOKS[validity[0]] || "ended");
  return make("li", validity ? { class: `is-${look}` } : {}, make("a", { href: address(hit.url) }, ...highlighted(hit.title, query)),
    ...(validity ? [" ", make("span", { class: `state ${look}` }, validity)] : []),
    make("p", { class: "excerpt" }, ...excerpt(hit.text, query)),
    make("p", { class: "about" }, ...about.filter(Boolean).flatMap((part) => [make("span", {}, part), " "])));
}

/** The status text for an answer; help.mjs has a better one if little or nothing was found. */
function tell({ hits, total, about, incomplete }, { page }) {
  const number = (about ? _("找到约 %s 条结果。") : _("找到 %s 条结果。")).replace("%s", total);
  const words = !hits.length || !total ? _("没有完全符合的内容。") : number + (page > 1 ? _("第 %s 页。").replace("%s", page) : "");
  return words + (incomplete ? _("部分索引暂时取不到，结果可能不全，请稍后重试。") : "");
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
  const link = make("a", { href: changed({ page: one }), "aria-label": _("第 %s 页").replace("%s", one) }, one);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go({ page: one > 1 && one }).then(() => list.focus());
  });
  return link;
}

async function show() {
  const mine = ++turn;
  const asked = state();
  index = opened(asked.scope);
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
  document.querySelector(".browse")?.classList.toggle("shown", !(found?.hits.length || found?.promoted.length));
  list.replaceChildren(...(found ? [...found.promoted.map(promoted), ...found.hits.map((hit) => item(hit, found.query))] : []));
  if (found) {
    list.start = asked.page * PAGE - 9;
    status.textContent = tell(found, asked);
    if (!found.hits.length || found.hits.length > found.total || found.converted) await import("./help.mjs").then(({ help }) => help({ make, status, address, asked, found, near: suggestions, valid: () => mine === turn, places: form.dataset })).catch(() => {});
    const links = list.querySelectorAll("a");
    if (/\f|第.+条/.test(found.hits.map((hit) => hit.text + hit.place))) import("./places.mjs").then(({ lead }) => lead(found, links, (link, text) => link.closest("li").querySelector(".excerpt").replaceChildren(...excerpt(text, found.query)))).catch(() => {});
    paging(found, asked);
  } else pages.hidden = true;
  for (const one of form.querySelectorAll("[name=scope]")) one.checked = one.value === asked.scope;
  if (filtered || asked.order === "date" || Object.keys(asked.filters).length) await fill();
  list.removeAttribute("aria-busy");
  list.dataset.state = "done";
}

const promoted = ({ title, url }) => make("li", { class: "promoted" }, make("span", { class: "mark" }, _("推荐")), " ", make("a", { href: address(url) }, title));

/** Searches; if files are missing because a new index was published meanwhile, once more with that. */
async function search({ text, ...options }) {
  const mine = index;
  const found = await mine.engine.search(text, options);
  if (!found.incomplete) return found;
  const again = new Engine(source(mine.base), table);
  await again.open().catch(() => {});
  if (JSON.stringify(again.manifest) === JSON.stringify(mine.engine.manifest) || !again.manifest) return found;
  mine.engine = again;
  return again.search(text, options);
}

/** Shows the filters and their state under the box; they are loaded when opened or if the address has some. */
let filtered;
const fill = () => (filtered = import("./filters.mjs").then(({ show }) => show(make, filters, index, state(), go)).catch(() => {}));
const suggestions = () => (index.asks ??= import("./suggest.mjs").then(({ suggester }) => suggester(index, new URL(form.dataset.lunr, document.baseURI).href)));

if (form.dataset.lunr) box.addEventListener("focus", () => import("./combobox.mjs").then(({ combobox }) => combobox(box, $("suggestions"), async (text) => (await suggestions())(text), address)), { once: true });

for (const one of form.querySelectorAll("[name=scope]")) {
  one.addEventListener("change", () => go({ q: box.value.trim(), scope: one.value, column: "", site: "" }));
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  go({ q: box.value.trim() });
});
addEventListener("popstate", show);
filters.addEventListener("toggle", fill, { once: true });
list.tabIndex = -1;
await show();
await index.engine.open().then(() => index.read.tidy(JSON.stringify(index.engine.manifest))).catch(() => {});
