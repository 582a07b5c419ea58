// Asks before a link leads to a site that is no government's. The address is that of the page's own link, never of a query.

/** Ask about a link. Esc, 留在本站 and 继续访问 close the question; the focus returns to the link. */
export function ask(link) {
  const make = (name, text, more) => Object.assign(document.createElement(name), { textContent: text, ...more });
  const dialog = make("dialog", "");
  dialog.setAttribute("aria-label", _("离开本站"));
  const stay = make("button", _("留在本站"), { type: "button", className: "button", autofocus: true });
  const go = make("a", _("继续访问"), { href: link.href, className: "button", rel: "noopener noreferrer" });
  const address = make("p", link.href, { dir: "ltr" });
  const buttons = make("p", "");
  const heading = make("h2", _("您将离开本站"));
  buttons.append(stay, go);
  const about = _("这个链接通往非政府网站，网页的内容和安全由对方负责。网址是：");
  dialog.append(heading, make("p", about), address, buttons);
  const look = { border: "1px solid var(--edge)", borderTop: "4px solid var(--accent)", background: "var(--paper)", color: "var(--ink)" };
  Object.assign(dialog.style, look, { padding: "1.5rem", maxWidth: "min(36rem, 100% - 2rem)", overflowWrap: "anywhere", lineHeight: "1.8" });
  Object.assign(heading.style, { margin: "0 0 .5rem" });
  Object.assign(address.style, { maxHeight: "8em", overflow: "auto", fontWeight: "bold" });
  Object.assign(buttons.style, { display: "flex", flexWrap: "wrap", gap: ".75rem", margin: "1rem 0 0" });
  for (const one of [stay, go]) one.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
