// The visual editor of an article's body. Without this script the text area stays as it is.
import { baseKeymap, chainCommands, exitCode } from "prosemirror-commands";
import { dropCursor } from "prosemirror-dropcursor";
import { gapCursor } from "prosemirror-gapcursor";
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { splitListItem } from "prosemirror-schema-list";
import { EditorState, Selection } from "prosemirror-state";
import { goToNextCell, tableEditing } from "prosemirror-tables";
import { EditorView } from "prosemirror-view";
import { groups, heading, indent, link, mark, outdent, paragraph } from "./commands.js";
import { pasting } from "./paste.js";
import { schema } from "./schema.js";
import { server as serverOf } from "./server.js";
import { toolbar as toolbarOf } from "./toolbar.js";

const PAUSE = 700; // ms without a key before the text is written
const SOURCE = "jiyue-source"; // whether this officer prefers the source

const form = document.getElementById("article");
const area = document.getElementById("body");
if (form && area) start(form, area);

function start(form, area) {
  const server = serverOf(form);
  const rescue = `jiyue-visual-${form.dataset.draft || ""}`;
  const place = element("div", "visual");
  const around = area.closest(".lines") || area;
  const hint = document.getElementById("body-hint");
  const mount = element("div", "visual-text");
  const status = element("div", "visual-status");
  const switcher = element("button", "visual-switch", { type: "button" });
  status.setAttribute("role", "status");
  status.tabIndex = -1;
  place.append(mount, status);
  around.before(switcher, place);
  for (const label of area.labels) label.addEventListener("click", () => view?.focus());

  let view = null;
  let bar = null;
  let dirty = false; // whether the document differs from the text area
  let timer = 0;
  let writing = Promise.resolve();
  let own = false; // whether this script itself changes the text area

  function say(words, stays = false) {
    status.textContent = words;
    status.classList.toggle("stays", stays);
  }

  // -- between document and text --

  async function write() {
    clearTimeout(timer);
    await writing;
    if (!view || !dirty) return true;
    dirty = false;
    const json = view.state.doc.toJSON();
    try {
      writing = server.serialize(json);
      area.value = await writing;
      store(rescue, "");
      own = true;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      own = false;
      return true;
    } catch (problem) {
      dirty = true;
      writing = Promise.resolve();
      store(rescue, JSON.stringify({ text: area.value, json }));
      say(`正文没有写成文字：${problem.message}`, true);
      return false;
    }
  }

  // What could not be written last time, if the text is still the one that it was made from.
  function rescued() {
    try {
      const kept = JSON.parse(stored(rescue) || "null");
      return kept?.text === area.value ? schema.nodeFromJSON(kept.json) : null;
    } catch {
      return null;
    }
  }

  async function open() {
    const kept = rescued();
    if (kept) {
      show(kept);
      dirty = true;
      say("上次没有写成文字的正文已经恢复；保存以前请看一遍");
      return true;
    }
    const text = area.value;
    let answer;
    try {
      answer = await server.parse(text);
    } catch (problem) {
      answer = { why: problem.message };
    }
    if (area.value !== text) return open(); // somebody has been writing meanwhile
    if (answer.why) {
      say(`在源码里编辑：${answer.why}${answer.line ? `（正文第 ${answer.line} 行）` : ""}`, true);
      return false;
    }
    const [focused, atEnd] = [document.activeElement === area, area.selectionEnd === area.value.length];
    show(schema.nodeFromJSON(answer.document));
    if (focused) {
      if (atEnd) view.dispatch(view.state.tr.setSelection(Selection.atEnd(view.state.doc)));
      view.focus();
    }
    say("");
    return true;
  }

  function show(doc) {
    const context = { server, say };
    view = new EditorView(mount, {
      state: EditorState.create({ doc, plugins: plugins(() => bar.focus(), context) }),
      attributes: { id: "body-visual", role: "textbox", "aria-multiline": "true", "aria-label": "正文", "aria-describedby": "body-visual-keys", lang: "zh-CN", spellcheck: "false" },
      nodeViews: { image: (node) => new Picture(node, server) },
      ...pasting(context),
      dispatchTransaction(transaction) {
        view.updateState(view.state.apply(transaction));
        bar.update(view.state);
        if (!transaction.docChanged) return;
        dirty = true;
        clearTimeout(timer);
        timer = setTimeout(write, PAUSE);
      },
    });
    bar = toolbarOf(groups(context), view, () => view.focus());
    const keys = element("p", "hint", { id: "body-visual-keys" });
    keys.textContent = "按 Alt+F10 到工具栏，Esc 回到正文；在表格里按住 Shift 用方向键选单元格。";
    mount.before(bar.dom);
    mount.after(keys);
    bar.update(view.state);
    shown(true);
  }

  function hide() {
    view.destroy();
    bar.dom.remove();
    document.getElementById("body-visual-keys").remove();
    view = bar = null;
    dirty = false;
    shown(false);
  }

  function shown(visually) {
    around.hidden = visually;
    if (hint) hint.hidden = visually;
    switcher.textContent = visually ? "改为源码" : "改为可视";
  }

  // The text was changed by something else, as by bringing back what was not saved.
  area.addEventListener("input", () => {
    if (own || !view) return;
    hide();
    open();
  });

  shown(false);
  switcher.addEventListener("click", async () => {
    if (view) {
      if (!(await write())) return;
      hide();
      store(SOURCE, "1");
      say("");
      area.focus();
    } else if (await open()) {
      store(SOURCE, "");
      view.focus();
    }
  });

  // -- sending the form --

  let ready = false;
  form.addEventListener("submit", async (event) => {
    if (ready || !view || !dirty) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    if (!(await write())) return status.focus();
    ready = true;
    form.requestSubmit(button);
    ready = false;
  }, true);

  if (!stored(SOURCE)) open();
  place.dataset.ready = "true";
}

function plugins(toToolbar, context) {
  const { nodes } = schema;
  const hardBreak = chainCommands(exitCode, (state, dispatch) => {
    if (dispatch) dispatch(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
    return true;
  });
  return [
    keymap({
      "Mod-z": undo, "Mod-y": redo, "Shift-Mod-z": redo,
      "Mod-b": mark("strong"), "Mod-i": mark("em"),
      "Mod-k": (_state, _dispatch, view) => { link(view, context); return true; },
      "Mod-Alt-0": paragraph, "Mod-Alt-2": heading(2), "Mod-Alt-3": heading(3), "Mod-Alt-4": heading(4), "Mod-Alt-5": heading(5),
      "Enter": splitListItem(nodes.list_item), "Shift-Enter": hardBreak,
      "Tab": chainCommands(goToNextCell(1), indent), "Shift-Tab": chainCommands(goToNextCell(-1), outdent),
      "Alt-F10": () => { toToolbar(); return true; },
    }),
    keymap(baseKeymap),
    history(), dropCursor(), gapCursor(), tableEditing(),
  ];
}

// A picture is shown from where the draft's files lie; one that isn't there shows its alternative text.
class Picture {
  constructor(node, server) {
    this.server = server;
    this.dom = document.createElement("img");
    this.update(node);
  }

  update(node) {
    if (this.node && node.type !== this.node.type) return false;
    this.node = node;
    const { src, alt, title } = node.attrs;
    this.dom.src = this.server.address(src);
    this.dom.alt = alt;
    this.dom.title = title ? `图注：${title}` : "";
    this.dom.classList.toggle("undescribed", !alt);
    return true;
  }
}

function element(name, style, attributes = {}) {
  const made = Object.assign(document.createElement(name), attributes);
  made.className = style;
  return made;
}

function stored(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function store(name, value) {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // a browser that stores nothing
  }
}
