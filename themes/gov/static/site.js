// What a page gains with JavaScript; it reads completely without. More is loaded only when it is asked for.
// It finds the furniture by data-do, which no article can carry (jiyue/checks/article/markup.py), never by class or id.
const root = document.documentElement;
const NAME = "jiyue-reading";
const ELDER = { font: "2", space: "wide", cursor: "big", simple: "on" };

export function chosen() {
  try {
    return JSON.parse(localStorage.getItem(NAME) || "{}");
  } catch {
    return {};
  }
}

/** Set some of font, space, contrast, theme, cursor, simple ("" takes a choice back), keep it, show it. */
export function choose(changes) {
  const all = { ...chosen(), ...changes };
  for (const [key, value] of Object.entries(all)) {
    if (value) root.dataset[key] = value;
    else delete root.dataset[key], delete all[key];
  }
  try {
    localStorage.setItem(NAME, JSON.stringify(all));
  } catch {
    // private windows may keep nothing; the choice then holds for this page
  }
  show();
}

const elder = () => Object.entries(ELDER).every(([key, value]) => root.dataset[key] === value);

function show() {
  document.querySelector("[data-do=elder]")?.setAttribute("aria-pressed", String(elder()));
}

async function reading(button) {
  const { toggle } = await import("./reading.mjs");
  toggle(button, { chosen, choose });
}

function elderMode() {
  const off = Object.fromEntries(Object.keys(ELDER).map((key) => [key, ""]));
  choose(elder() ? off : ELDER);
}

function share() {
  const box = document.querySelector("[data-do=share]");
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
  if (!document.querySelector("[data-do=qr]")) {
    add(_("微信"), async (button) => {
      let code = box.querySelector(".share-code");
      if (code) code.hidden = !code.hidden;
      else {
        const { svg } = await import("./qr.mjs");
        code = document.createElement("figure");
        code.className = "share-code";
        code.append(svg(url));
        const caption = document.createElement("figcaption");
        caption.textContent = _("用微信扫一扫");
        code.append(caption);
        box.append(code);
      }
      button.setAttribute("aria-expanded", String(!code.hidden));
    }).setAttribute("aria-expanded", "false");
  }
  add(_("复制链接"), async (button) => {
    try {
      await navigator.clipboard.writeText(url);
      button.textContent = _("已复制");
    } catch {
      getSelection().selectAllChildren(box.querySelector("[data-do=share-address]"));
      button.textContent = _("已选中，请复制");
    }
    setTimeout(() => (button.textContent = _("复制链接")), 3000);
  });
  if (navigator.share) add(_("系统分享"), () => navigator.share({ url, title }).catch(() => {}));
}

document.querySelector("[data-do=elder]")?.addEventListener("click", elderMode);
document.querySelector("[data-do=reading]")?.addEventListener("click", (event) => reading(event.currentTarget));
show();
share();
const actions = document.querySelector("[data-do=actions]");
if (actions) import("./actions.mjs").then(({ wire }) => wire(actions, { chosen, choose }));
const library = document.querySelector("[data-do=library][data-rows]");
if (library) import("./library.mjs").then(({ wire }) => wire(library));
