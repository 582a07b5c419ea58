// The filters under the box, and chips for those that are set. Loaded when they are opened or the address has some.
const NAMES = { column: _("栏目"), kind: _("类型"), year: _("年份"), site: _("网站"), validity: _("有效性"), lang: _("语种") };
const ORDERS = [["", _("按相关度")], ["date", _("按日期")]];

let filters;

/** A language in its own words: en → English. */
function named(lang) {
  try {
    return new Intl.DisplayNames([lang], { type: "language" }).of(lang);
  } catch {
    return lang;
  }
}

/** Creates the filters of an index ({read, engine}) once, and shows the page's state in them. */
export async function show(make, box, { read, engine }, state, go) {
  await engine.open();
  const facets = JSON.parse(new TextDecoder().decode(await read("facets.json", engine.manifest.facets)));
  if (filters?.read !== read) {
    filters?.remove();
    filters = new Filters(make, box, facets, go);
    filters.read = read;
  }
  filters.show(state);
}

class Filters {
  /** make: the page's; box: their <details>; facets: {facet: [[value, name] …]}; go(changes) searches again. */
  constructor(make, box, facets, go) {
    Object.assign(this, { make, box, facets, go });
    facets.year?.sort().reverse();
    this.part = make("div", { class: "choices" }, this.#choice("order", _("排序"), ORDERS));
    for (const [facet, name] of Object.entries(NAMES)) {
      const values = facets[facet] || [];
      if (values.length > 1) this.part.append(this.#choice(facet, name, [["", _("全部")], ...(facet === "lang" ? values.map(([lang]) => [lang, named(lang)]) : values)]));
    }
    this.chips = make("ul", { class: "chips", "aria-label": _("已选的条件") });
    box.append(this.part);
    box.after(this.chips);
  }

  remove() {
    this.part.remove();
    this.chips.remove();
  }

  #choice(name, label, options) {
    const { make } = this;
    const id = `filter-${name}`;
    const select = make("select", { id, name }, ...options.map(([value, word]) => make("option", { value }, word)));
    select.addEventListener("change", () => this.go({ [name]: select.value }));
    return make("div", {}, make("label", { for: id }, label), select);
  }

  /** Shows the state of the address. */
  show({ order, filters }) {
    const set = { ...filters, ...(order === "date" ? { order } : {}) };
    for (const select of this.part.querySelectorAll("select")) select.value = set[select.name] || "";
    this.chips.hidden = !Object.keys(set).length;
    this.chips.replaceChildren(...Object.entries(set).map((one) => this.#chip(...one)));
  }

  #chip(name, value) {
    const given = name === "order" ? ORDERS : name !== "lang" && this.facets[name];
    const [, word] = (given || []).find(([known]) => known === value) || [value, name === "lang" ? named(value) : value];
    const chip = this.make("button", { type: "button", class: "chip" }, word, this.make("span", { class: "visually-hidden" }, _("，去掉这个条件")));
    chip.addEventListener("click", async () => {
      await this.go({ [name]: "" });
      (this.chips.querySelector("button") || this.box.querySelector("summary")).focus();
    });
    return this.make("li", {}, chip);
  }
}
