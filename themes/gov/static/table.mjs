// A table of data that sorts by a column and filters by words; without this it is read and downloaded as it is.
const SMALL = 8;

export function wire(figure) {
  const body = figure.querySelector("tbody");
  const rows = [...body.rows];
  if (rows.length < 3) return;
  const order = new Intl.Collator(document.documentElement.lang, { numeric: true });

  for (const head of figure.querySelectorAll("thead th")) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
    const value = (row) => row.cells[head.cellIndex].textContent;
    const number = (row) => parseFloat(value(row).replace(/[,，]/g, "").replace("−", "-"));
    const numeric = head.className === "n";
    button.addEventListener("click", () => {
      const down = head.ariaSort === "ascending";
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      const compare = (a, b) => {
        if (!numeric) return sign * order.compare(value(a), value(b));
        const [x, y] = [number(a), number(b)]; // a cell without a number is last both ways
        return isNaN(x) - isNaN(y) || sign * (x - y) || 0;
      };
      body.append(...rows.toSorted(compare));
    });
  }

  if (rows.length <= SMALL) return;
  const status = Object.assign(document.createElement("span"), { role: "status" });
  const field = Object.assign(document.createElement("input"), { type: "search", autocomplete: "off", placeholder: _("在表中查找") });
  field.setAttribute("aria-label", _("在表中查找"));
  const box = Object.assign(document.createElement("p"), { className: "table-filter" });
  box.append(field, status);
  figure.querySelector("figcaption").after(box);
  field.addEventListener("input", () => {
    const words = field.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    status.textContent = field.value.trim() ? _("%s 行").replace("%s", shown) : "";
  });
}
