// Turns stacked lists into tabs named by their headings (WAI-ARIA tabs with automatic activation).
export function wire(box) {
  const sections = [...box.children];
  const list = document.createElement("div");
  list.setAttribute("role", "tablist");
  const tabs = sections.map((section, n) => {
    const heading = section.querySelector("h2");
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `tab-${n}`;
    tab.textContent = heading.textContent;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", (section.id = `tab-panel-${n}`));
    section.setAttribute("role", "tabpanel");
    section.setAttribute("aria-labelledby", tab.id);
    tab.onclick = () => open(n);
    list.append(tab);
    return tab;
  });
  const open = (chosen) =>
    tabs.forEach((tab, n) => {
      tab.setAttribute("aria-selected", String(n === chosen));
      tab.tabIndex = n === chosen ? 0 : -1;
      sections[n].hidden = n !== chosen;
    });
  list.onkeydown = ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = (tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length;
    open(next);
    tabs[next].focus();
  };
  box.prepend(list);
  box.classList.add("on");
  open(0);
}
