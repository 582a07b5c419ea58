// The reading panel: page, font, spacing, contrast, light and dark, pointer. Loaded when it is opened.
const SETTINGS = [
  ["elder", _("页面"), [["", _("标准")], ["on", _("长者模式")]]],
  ["font", _("字号"), [["", _("标准")], ["1", _("大")], ["2", _("特大")], ["3", _("超大")]]],
  ["space", _("间距"), [["", _("标准")], ["wide", _("加宽")]]],
  ["contrast", _("对比度"), [["", _("标准")], ["high", _("高对比")]]],
  ["theme", _("明暗"), [["", _("跟随系统")], ["light", _("浅色")], ["dark", _("深色")]]],
  ["cursor", _("鼠标指针"), [["", _("标准")], ["big", _("大")]]],
];

let panel;

export function toggle(opener, choose) {
  panel ??= build(opener, choose);
  panel.hidden = !panel.hidden;
  opener.setAttribute("aria-expanded", String(!panel.hidden));
  if (!panel.hidden) panel.querySelector("input:checked").focus();
}

function build(opener, choose) {
  const box = element("section", { className: "reading", id: "reading-panel", hidden: true });
  box.setAttribute("aria-label", _("阅读设置"));
  const close = () => {
    toggle(opener);
    opener.focus();
  };
  for (const [key, label, options] of SETTINGS) {
    const group = element("fieldset", {}, element("legend", { textContent: label }));
    for (const [value, name] of options) {
      const input = element("input", { type: "radio", name: `reading-${key}`, value });
      input.addEventListener("change", () => {
        choose({ [key]: value });
        input.focus(); // elder mode moves the strip with the panel
      });
      group.append(element("label", {}, input, element("span", { textContent: name })));
    }
    box.append(group);
  }
  const show = () => {
    for (const [key] of SETTINGS) {
      for (const input of box.querySelectorAll(`[name=reading-${key}]`)) {
        input.checked = input.value === (document.documentElement.dataset[key] ?? "");
      }
    }
  };
  document.addEventListener("chosen", show);
  show();
  const aloud = button(_("朗读正文"), close);
  aloud.dataset.do = "aloud";
  const reset = button(_("恢复标准"), () => choose(Object.fromEntries(SETTINGS.map(([key]) => [key, ""]))));
  box.append(element("div", { className: "reading-actions" }, aloud, reset, button(_("关闭"), close)));
  box.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.querySelector("[data-do=strip] > *").after(box);
  opener.setAttribute("aria-controls", "reading-panel");
  return box;
}

function button(text, act) {
  const made = element("button", { type: "button", className: "button", textContent: text });
  made.addEventListener("click", act);
  return made;
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
