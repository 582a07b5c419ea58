// The reading panel: font, spacing, contrast, light and dark, pointer, simplified page, read aloud. Loaded when opened.
const SETTINGS = [
  ["font", _("字号"), [["", _("标准")], ["1", _("大")], ["2", _("特大")], ["3", _("超大")]]],
  ["space", _("间距"), [["", _("标准")], ["wide", _("加宽")]]],
  ["contrast", _("对比度"), [["", _("标准")], ["high", _("高对比")]]],
  ["theme", _("明暗"), [["", _("跟随系统")], ["light", _("浅色")], ["dark", _("深色")]]],
  ["cursor", _("鼠标指针"), [["", _("标准")], ["big", _("大")]]],
  ["simple", _("页面"), [["", _("完整")], ["on", _("简洁")]]],
];

let panel;

export function toggle(opener, store) {
  panel ??= build(opener, store);
  panel.hidden = !panel.hidden;
  opener.setAttribute("aria-expanded", String(!panel.hidden));
  if (panel.hidden) speechSynthesis?.cancel();
  else panel.querySelector("input:checked, button").focus();
}

function build(opener, { chosen, choose }) {
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
      input.checked = (chosen()[key] ?? "") === value;
      input.addEventListener("change", () => choose({ [key]: value }));
      group.append(element("label", {}, input, element("span", { textContent: name })));
    }
    box.append(group);
  }
  const actions = element("div", { className: "reading-actions" });
  if ("speechSynthesis" in window) actions.append(...voice());
  const reset = button(_("恢复标准"), () => {
    choose(Object.fromEntries(SETTINGS.map(([key]) => [key, ""])));
    for (const input of box.querySelectorAll("input")) input.checked = input.value === "";
  });
  actions.append(reset, button(_("关闭"), close));
  box.append(actions);
  box.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.querySelector("[data-do=strip] > *").after(box);
  opener.setAttribute("aria-controls", "reading-panel");
  return box;
}

/** Read aloud by the browser's own speech, a paragraph at a time; a long text at once is cut off by some engines. */
function voice() {
  const speech = window.speechSynthesis;
  let queue = [];
  const read = button(_("朗读正文"), () => {
    if (queue.length) return stop();
    const main = document.querySelector("main");
    const parts = main.querySelectorAll(".body :is(p,h2,h3,h4,li,td,th,figcaption), h1, .cards a:not(.body a)");
    queue = [...parts].map((part) => part.textContent.trim()).filter(Boolean);
    read.textContent = _("停止朗读");
    pause.hidden = false;
    next();
  });
  const pause = button(_("暂停"), () => {
    const on = pause.textContent === _("暂停");
    on ? speech.pause() : speech.resume();
    pause.textContent = on ? _("继续") : _("暂停");
  });
  pause.hidden = true;
  const next = () => {
    const text = queue[0];
    if (!text) return stop();
    const line = new SpeechSynthesisUtterance(text);
    line.lang = document.documentElement.lang;
    line.onend = () => {
      queue.shift();
      next();
    };
    speech.speak(line);
  };
  const stop = () => {
    queue = [];
    speech.cancel();
    read.textContent = _("朗读正文");
    pause.textContent = _("暂停");
    pause.hidden = true;
  };
  window.addEventListener("pagehide", stop);
  return [read, pause];
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
