// Filters a list of documents or letters in place. All rows are fetched on first use; without this script the links lead to the same lists.
const ROWS = 100;

export function wire(box) {
  const list = box.querySelector(".documents");
  const status = box.querySelector("[role=status]");
  const field = box.querySelector("[name=q]");
  const first = [...list.children];
  const chosen = {};
  let rows;
  let shown = ROWS;

  for (const one of box.querySelectorAll("[data-facet] [aria-current]"))
    if (one.dataset.value) chosen[one.closest("[data-facet]").dataset.facet] = one.dataset.value;
  const given = { ...chosen };

  const untouched = () => !field?.value.trim() && JSON.stringify(chosen) === JSON.stringify(given);
  const pager = () => box.parentNode.querySelector(".pager");

  async function update() {
    for (const group of box.querySelectorAll("[data-facet]"))
      for (const link of group.querySelectorAll("[data-value]")) {
        const on = (chosen[group.dataset.facet] ?? "") === link.dataset.value;
        on ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
      }
    if (pager()) pager().hidden = !untouched();
    if (untouched()) {
      list.replaceChildren(...first);
      status.textContent = Object.values(given).join("·");
      return;
    }
    try {
      rows ??= await (await fetch(box.dataset.rows)).json();
    } catch {
      status.textContent = _("没有取到文件列表，请点开筛选条件对应的列表");
      return;
    }
    const words = (field?.value ?? "").trim().toLowerCase().split(/\s+/);
    const found = rows.filter(
      (row) =>
        Object.entries(chosen).every(([facet, value]) => row.in[facet] === value) &&
        words.every((word) => `${row.title} ${row.number ?? ""} ${row.organ ?? ""}`.toLowerCase().includes(word)),
    );
    list.replaceChildren(...found.slice(0, shown).map(drawn));
    if (found.length > shown) {
      const more = make("button", { type: "button", className: "button" }, _("显示更多"));
      more.addEventListener("click", () => ((shown += ROWS), update()));
      list.append(make("li", {}, more));
    }
    status.textContent = box.dataset.counted.replace("%s", found.length);
  }

  box.addEventListener("click", (event) => {
    const link = event.target.closest("[data-facet] [data-value]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { facet } = link.closest("[data-facet]").dataset;
    if (link.dataset.value) chosen[facet] = link.dataset.value;
    else delete chosen[facet];
    shown = ROWS;
    update();
  });
  field?.addEventListener("input", () => ((shown = ROWS), update()));
}

/** A row as rendered by components/documents/template.html. */
function drawn(row) {
  const about = make("span", { className: "about" });
  for (const text of [row.number, row.organ, row.site, row.note]) if (text) about.append(make("span", {}, text), " ");
  if (row.date) about.append(make("time", { dateTime: row.date }, row.date), " ");
  for (const { href, title, label } of row.readings ?? []) about.append(make("a", { href, title }, label), " ");
  if (row.by) {
    const [before, after] = _("由%s代替").split("%s");
    about.append(make("span", { className: "by" }, before, make("a", { href: row.by.href }, row.by.title), after));
  }
  const item = make("li", { className: row.state ? `is-${row.state.look}` : "" }, make("a", { href: row.href }, row.title));
  if (row.label) item.append(" ", make("span", { className: "tag" }, row.label));
  if (row.state) item.append(" ", make("span", { className: `state ${row.state.look}` }, row.state.word));
  item.append(" ", about);
  return item;
}

function make(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
