// The toolbar: one stop for Tab, arrow keys within it, as the ARIA pattern says.
export function toolbar(groups, view, done) {
  const bar = document.createElement("div");
  bar.className = "visual-toolbar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", "正文的格式");
  bar.setAttribute("aria-controls", view.dom.id);
  const items = [];
  const parts = groups.map(({ label, shown, buttons }) => {
    const part = document.createElement("div");
    part.setAttribute("role", "group");
    part.setAttribute("aria-label", label);
    for (const one of buttons) {
      const button = document.createElement("button");
      button.type = "button";
      button.tabIndex = -1;
      button.textContent = one.text;
      if (one.label) button.setAttribute("aria-label", one.label);
      button.title = [one.label || one.text, one.keys].filter(Boolean).join("　");
      if (one.keys) button.setAttribute("aria-keyshortcuts", one.keys.replaceAll("Ctrl", "Control"));
      if (one.look) button.classList.add(one.look);
      button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") !== "true") one.run(view);
      });
      part.append(button);
      items.push({ ...one, button, part });
    }
    bar.append(part);
    return { part, shown };
  });

  const usable = () => items.filter((item) => !item.part.hidden);
  let current = items[0];
  function choose(item) {
    for (const one of items) one.button.tabIndex = one === item ? 0 : -1;
    current = item;
  }
  bar.addEventListener("focusin", (event) => choose(items.find((item) => item.button === event.target) || current));
  bar.addEventListener("keydown", (event) => {
    const list = usable();
    const at = list.indexOf(current);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: list.length - 1 }[event.key];
    if (event.key === "Escape") done();
    else if (to === undefined) return;
    else list[(to + list.length) % list.length].button.focus();
    event.preventDefault();
  });

  function update(state) {
    for (const { part, shown } of parts) part.hidden = Boolean(shown) && !shown(state);
    for (const { button, active, enabled } of items) {
      if (active) button.setAttribute("aria-pressed", String(active(state)));
      button.setAttribute("aria-disabled", String(Boolean(enabled) && !enabled(state)));
    }
    if (current.part.hidden) choose(usable()[0]);
  }
  choose(current);
  return { dom: bar, update, focus: () => current.button.focus() };
}
