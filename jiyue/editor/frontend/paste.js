// What is pasted or dropped: HTML goes through the server's converter, files are uploaded, plain text is text.
import { Fragment, Slice } from "prosemirror-model";
import { Selection } from "prosemirror-state";
import { handlePaste as pasteIntoTable } from "prosemirror-tables";
import { attachment, picture } from "./commands.js";
import { ask } from "./dialog.js";
import { schema } from "./schema.js";

export function pasting(context) {
  return {
    handlePaste(view, event) {
      const data = event.clipboardData;
      if (!data || view.state.selection.$from.parent.type.spec.code) return false;
      const html = data.getData("text/html");
      if (html.includes("data-pm-slice")) return false; // from this editor
      if (html.trim()) {
        insert(view, context, (server) => server.paste(html));
        return true;
      }
      return given(view, [...data.files], context);
    },
    handleDrop(view, event, _slice, moved) {
      if (moved || !event.dataTransfer) return false;
      const files = [...event.dataTransfer.files];
      const html = event.dataTransfer.getData("text/html");
      if (!files.length && (!html || html.includes("data-pm-slice"))) return false;
      const place = view.posAtCoords({ left: event.clientX, top: event.clientY });
      if (place) view.dispatch(view.state.tr.setSelection(near(view, place.pos)));
      event.preventDefault();
      event.stopPropagation(); // the page has a place for dropped files, too
      if (files.length) return given(view, files, context);
      insert(view, context, (server) => server.paste(html));
      return true;
    },
  };
}

const WORDS = /\.(docx?|docm|wps|xlsx|xlsm)$/i; // files that the server can turn into text

async function chosen(file) {
  const ways = [["words", "把内容放在光标处"], ["file", "作为附件"]];
  return (await ask(file.name, [{ name: "way", label: "怎样放进来", options: ways, value: "words" }]))?.way;
}

const near = (view, pos) => view.state.selection.constructor.near(view.state.doc.resolve(pos));

function given(view, files, context) {
  if (!files.length) return false;
  (async () => {
    for (const file of files) {
      if (file.type.startsWith("image/")) await picture(view, context, file);
      else {
        const way = WORDS.test(file.name) ? await chosen(file) : "file";
        if (way === "file") await attachment(view, context, file);
        else if (way) await insert(view, context, (server) => server.convert(file));
      }
    }
  })();
  return true;
}

async function insert(view, { server, say }, converted) {
  say("正在读取内容……");
  try {
    const { content, losses, files } = await converted(server);
    const notes = [...losses];
    const names = new Map();
    for (const one of files) {
      try {
        names.set(one.name, await server.upload(asFile(one)));
      } catch (problem) {
        names.set(one.name, "");
        notes.push(`图片「${one.name}」没有带入：${problem.message}`);
      }
    }
    const taken = labels(view.state.doc);
    const blocks = content.map((block) => schema.nodeFromJSON(adapted(block, names, taken)));
    if (!put(view, blocks)) return say("里面没有可以带入的内容", true);
    const missing = losses.some((loss) => loss.includes("替代文字")) ? 0 : undescribed(blocks);
    if (missing) notes.push(`${missing} 张图片没有替代文字：选中图片，按工具栏的「图片」补上`);
    say(notes.length ? `已放进正文。请核对：\n${notes.join("\n")}` : "已放进正文", notes.length > 0);
  } catch (problem) {
    say(`没有放进来：${problem.message}`, true);
  }
}

function asFile({ name, type, data }) {
  return new File([Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0))], name, { type });
}

function labels(doc) {
  const used = new Map(); // label there -> label here
  doc.descendants((node) => void (node.attrs.label && used.set(`here:${node.attrs.label}`, true)));
  return used;
}

// Pasted JSON with the names that its pictures got, and footnotes under labels that are free here.
function adapted(node, names, taken) {
  const attrs = { ...node.attrs };
  if (attrs.src && names.has(attrs.src)) attrs.src = names.get(attrs.src);
  if (attrs.label) {
    if (!taken.has(attrs.label)) {
      let free = 1;
      while (taken.has(`here:${free}`)) free++;
      taken.set(`here:${free}`, true);
      taken.set(attrs.label, String(free));
    }
    attrs.label = taken.get(attrs.label);
  }
  const content = node.content?.map((child) => adapted(child, names, taken)).filter((child) => child.type !== "image" || child.attrs.src);
  return { ...node, attrs, ...(content && { content }) };
}

function put(view, blocks) {
  if (!blocks.length) return false;
  const notes = blocks.filter((one) => one.type.name === "footnote");
  const others = blocks.filter((one) => one.type.name !== "footnote");
  const open = (one) => (one?.type.name === "paragraph" ? 1 : 0);
  const slice = new Slice(Fragment.from(others), open(others[0]), open(others.at(-1)));
  if (!pasteIntoTable(view, null, slice)) {
    const { doc, selection } = view.state;
    const tr = view.state.tr.replaceSelection(slice);
    if (selection.$to.index(0) === doc.childCount - 1 && tr.doc.lastChild.type === schema.nodes.table) { // one can't click below it
      tr.insert(tr.doc.content.size, schema.nodes.paragraph.create());
      tr.setSelection(Selection.atEnd(tr.doc));
    }
    view.dispatch(tr.scrollIntoView().setMeta("paste", true));
  }
  if (notes.length) view.dispatch(view.state.tr.insert(view.state.doc.content.size, notes));
  view.focus();
  return true;
}

function undescribed(blocks) {
  let count = 0;
  for (const block of blocks) block.descendants((node) => void (node.type.name === "image" && !node.attrs.alt && count++));
  return count;
}
