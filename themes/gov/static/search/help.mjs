// Help when a search finds little or nothing: search all columns or all sites, and suggestions.
const NARROW = ["column", "kind", "year", "site", "validity", "lang", "page"];

/**
 * Reports the result in the status and offers more. make, address: the page's; asked: its state; found: the engine's answer;
 * near: returns a function from text to [{url, title, word}]; valid: whether the query is still current; places: the form's data.
 */
export async function help({ make, status, address, asked, found: { hits, total, promoted, converted }, near: suggestions, valid, places }) {
  const { text, filters, scope, page } = asked;
  const last = hits.length || promoted.length || page > 1;
  const near = places.lunr && !last ? await suggestions().then((ask) => ask(text)).catch(() => []) : [];
  if (!valid()) return;
  let says = _("没有找到与“%s”有关的内容。").replace("%s", () => text);
  if (hits.length) says = _("没有完全符合的内容，以下 %s 条与查询部分相关。").replace("%s", hits.length);
  else if (promoted.length) says = _("本站推荐以下结果。");
  else if (page > 1) says = _("没有更多结果。");
  if (!hits.length || !total) status.textContent = status.textContent.replace(_("没有完全符合的内容。"), () => says);
  else if (hits.length > total) status.append(_("另有 %s 条部分相关。").replace("%s", hits.length - total));
  if (converted) status.append(_("已按简体“%s”查找。").replace("%s", () => converted));
  if (last) return;
  const found = make("div", { class: "help" });
  const link = (href, word) => make("a", { href }, word);
  const offer = (title, links) => links.length && found.append(make("p", {}, title), make("ul", {}, ...links.map((one) => make("li", {}, one))));
  const wide = [];
  if (Object.keys(filters).length) {
    const free = new URLSearchParams(location.search);
    for (const name of NARROW) free.delete(name);
    wide.push(link(`?${free}`, _("去掉筛选条件，在全部栏目里查找")));
  }
  if (!scope && (places.all || places.everywhere)) {
    wide.push(link(`${places.everywhere || ""}?${new URLSearchParams({ q: text, scope: "all" })}`, _("在全站群查找")));
  }
  offer(_("可以扩大范围："), wide);
  const meant = near.map(({ url, title }) => link(address(url), title));
  const word = near[0]?.word;
  if (word) meant.unshift(link(`?${new URLSearchParams({ ...(scope && { scope }), q: word })}`, _("查找“%s”").replace("%s", () => word)));
  offer(_("您是否在找："), meant);
  found.append(make("p", {}, _("可以换一个说法、减少几个字，或者按文号查找，例如“吉政办发〔2015〕5号”。")));
  status.append(found);
}
