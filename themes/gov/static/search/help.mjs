// What is said where nothing was found.
const FILTERED = ["column", "kind", "year", "site", "validity", "page"];

/** The tips as an element; make: of the page; near: [address, title] of pages that may be meant; filters: those that are set. */
export function tips(make, near, filters) {
  const found = make("div", { class: "help" });
  const link = ([href, word]) => make("a", { href }, word);
  if (Object.keys(filters).length) {
    const free = new URLSearchParams(location.search);
    for (const name of FILTERED) free.delete(name);
    found.append(make("p", {}, _("现在只在筛选出的范围里查找。"), link([`?${free}`, _("去掉筛选条件再查")])));
  }
  if (near.length) found.append(make("p", {}, _("您是否在找：")), make("ul", {}, ...near.map((one) => make("li", {}, link(one)))));
  found.append(make("p", {}, _("可以换一个说法、减少几个字，或者按文号查找，例如“吉政办发〔2015〕5号”。")));
  return found;
}
