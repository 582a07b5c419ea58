// The list of suggestions under the box, following the pattern "combobox with list autocomplete" of the ARIA guide.
export function combobox(box, list, ask, address) {
  let at = -1;
  let turn = 0;

  const options = () => [...list.children];
  const close = () => {
    turn++;
    at = -1;
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    const all = options();
    at = (next + all.length + 1) % (all.length + 1);
    all.forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    if (at < all.length) box.setAttribute("aria-activedescendant", all[at].id);
    else box.removeAttribute("aria-activedescendant");
  };

  async function update() {
    const mine = ++turn;
    const found = box.value.trim() ? await ask(box.value) : [];
    if (mine !== turn) return;
    at = found.length;
    list.replaceChildren(...found.map(({ url, title }, place) => {
      const option = document.createElement("li");
      option.id = `suggestion-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = title;
      option.dataset.url = address(url);
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        location.assign(option.dataset.url);
      });
      return option;
    }));
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(found.length > 0));
    box.removeAttribute("aria-activedescendant");
  }

  box.addEventListener("input", (event) => event.isComposing || update());
  box.addEventListener("compositionend", update);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      close();
      event.preventDefault();
    } else if (!list.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      mark(at >= options().length ? (event.key === "ArrowDown" ? 0 : options().length - 1) : at + (event.key === "ArrowDown" ? 1 : -1));
      event.preventDefault();
    } else if (event.key === "Enter") {
      const option = list.hidden ? null : options()[at];
      close();
      if (option) {
        event.preventDefault();
        location.assign(option.dataset.url);
      }
    }
  });
  if (box.value.trim() && document.activeElement === box) update();
}
