// What a page gains with JavaScript; it reads completely without. More is loaded only when it is asked for.
// It finds the furniture by data-do, which no article can carry (jiyue/checks/article/markup.py), never by class or id.
const root = document.documentElement;
const NAME = "jiyue-reading";
const KEYS = ["elder", "font", "space", "contrast", "theme", "cursor", "rate"];
const ELDER = { elder: "on", font: "2", space: "wide", cursor: "big" };
const the = (what) => document.querySelector(`[data-do=${what}]`);

export function chosen() {
  try {
    return JSON.parse(localStorage.getItem(NAME) || "{}");
  } catch {
    return {};
  }
}

/** Set some of KEYS ("" takes a choice back), keep it, show it. */
export function choose(changes) {
  const all = { ...chosen(), ...changes };
  if (changes.elder) Object.assign(all, ELDER, { font: all.font === "3" ? "3" : "2" });
  else if ("elder" in changes) for (const key in ELDER) all[key] = "";
  else if (all.elder && !(all.font >= 2)) all.elder = ""; // elder mode is large, or it is not elder mode
  for (const key in all) if (!all[key]) delete all[key];
  try {
    localStorage.setItem(NAME, JSON.stringify(all));
  } catch {
    // private windows may keep nothing; the choice then holds for this page
  }
  show(all);
}

/** Show what was chosen, here or in another window. The strip of tools stands below in elder mode, its header is low. */
function show(all) {
  for (const key of KEYS) {
    if (all[key]) root.dataset[key] = all[key];
    else delete root.dataset[key];
  }
  the("elder").setAttribute("aria-pressed", String("elder" in root.dataset));
  the("larger").setAttribute("aria-pressed", String(root.dataset.font === "3"));
  const place = the(root.dataset.elder ? "tools-below" : "tools-above");
  if (the("strip").parentNode !== place) place.prepend(the("strip"));
  document.dispatchEvent(new Event("chosen"));
}

/** Say something to those who hear a page. */
export function announce(text) {
  the("announced").textContent = "";
  setTimeout(() => (the("announced").textContent = text), 100); // the same words once more are a change, too
}

const ACTIONS = {
  elder() {
    choose({ elder: root.dataset.elder ? "" : "on" });
    (root.dataset.elder ? the("larger") : the("elder")).focus();
  },
  larger: () => choose({ font: root.dataset.font === "3" ? "2" : "3" }),
  reading: async (button) => (await import("./reading.mjs")).toggle(button, choose),
  aloud: async (button) => (await import("./aloud.mjs")).start(button, choose),
};

function share() {
  const box = the("share");
  if (!box) return;
  const { url, title } = box.dataset;
  const list = box.querySelector("[data-do=share-list]");
  const add = (text, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = text;
    button.addEventListener("click", () => act(button));
    list.append(list.ownerDocument.createElement("li"));
    list.lastChild.append(button);
    return button;
  };
  if (!the("qr")) {
    let drawn;
    const draw = () => (drawn ??= import("./qr.mjs").then(({ svg }) => {
      const code = Object.assign(document.createElement("figure"), { className: "share-code", hidden: true });
      const caption = Object.assign(document.createElement("figcaption"), { textContent: _("用微信扫一扫") });
      code.append(svg(url), caption);
      box.append(code);
      return code;
    }));
    add(_("微信"), async (button) => {
      const code = await draw();
      code.hidden = !code.hidden;
      button.setAttribute("aria-expanded", String(!code.hidden));
    }).setAttribute("aria-expanded", "false");
    // paper shows it, too; there is no time to draw it once the browser prints
    if (matchMedia("(hover: hover) and (min-width: 48em)").matches) (window.requestIdleCallback ?? setTimeout)(draw);
  }
  add(_("复制链接"), async (button) => {
    try {
      await navigator.clipboard.writeText(url);
      button.textContent = _("已复制");
    } catch {
      getSelection().selectAllChildren(box.querySelector("[data-do=share-address]"));
      button.textContent = _("已选中，请复制");
    }
    announce(button.textContent);
    setTimeout(() => (button.textContent = _("复制链接")), 3000);
  });
  if (!navigator.share) return;
  const system = add(_("系统分享"), () => navigator.share({ url, title }).catch(() => {}));
  if (matchMedia("(pointer: coarse)").matches) list.prepend(system.parentNode);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (button) ACTIONS[button.dataset.do]?.(button);
  const link = event.target.closest("a[data-do=leave]");
  if (!link) return;
  event.preventDefault();
  import("./leave.mjs").then(({ ask }) => ask(link), () => location.assign(link.href));
});
// a page from before the end of an alert may be read after it
for (const line of document.querySelectorAll("[data-until]")) if (Date.parse(line.dataset.until) <= Date.now()) line.remove();
if (!the("emergency")?.children.length) the("emergency")?.remove();
addEventListener("storage", ({ key }) => key === NAME && show(chosen()));
show(chosen());
share();
const actions = document.querySelector("[data-do=actions]");
if (actions) import("./actions.mjs").then(({ wire }) => wire(actions, { chosen, choose, announce }));
const library = document.querySelector("[data-do=library][data-rows]");
if (library) import("./library.mjs").then(({ wire }) => wire(library));
const tables = document.querySelectorAll("[data-do=table]");
if (tables.length) import("./table.mjs").then(({ wire }) => tables.forEach(wire));
const tabs = document.querySelector("[data-do=tabs]");
if (tabs?.children.length > 1) import("./tabs.mjs").then(({ wire }) => wire(tabs), () => tabs.classList.add("one"));
for (const day of document.querySelectorAll("[data-do=until]")) {
  const left = Math.ceil((Date.parse(`${day.dataset.day}T24:00:00+08:00`) - Date.now()) / 864e5);
  if (left > 0) day.textContent = _("还有 %s 天").replace("%s", left);
}
if (root.dataset.offline) import("./offline.mjs").then(({ wire }) => wire(root.dataset.offline));
const nav = document.querySelector("#menu nav"); // a group that opened under the pointer or the focus closes by Esc
addEventListener("keydown", ({ key }) => key === "Escape" && nav?.classList.add("shut"));
for (const type of ["focusin", "mouseleave"]) nav?.addEventListener(type, () => nav.classList.remove("shut"));
