// What the toolbar and the keys do.
import { lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { redo, undo } from "prosemirror-history";
import { Fragment } from "prosemirror-model";
import { liftListItem, sinkListItem, wrapInList } from "prosemirror-schema-list";
import { NodeSelection, TextSelection } from "prosemirror-state";
import {
  addColumnAfter, addColumnBefore, addRowAfter, addRowBefore, deleteColumn, deleteRow, deleteTable, isInTable, mergeCells,
  selectedRect, setCellAttr, splitCell, toggleHeader,
} from "prosemirror-tables";
import { ask } from "./dialog.js";
import { isSafe, schema } from "./schema.js";

const { nodes, marks } = schema;
const PICTURES = "image/jpeg,image/png,image/gif,image/webp,image/avif,image/bmp,image/tiff";

const hasMark = (type) => ({ selection: { $from, empty, from, to }, storedMarks, doc }) =>
  empty ? Boolean(type.isInSet(storedMarks || $from.marks())) : doc.rangeHasMark(from, to, type);
const isBlock = (type, attrs) => ({ selection: { $from } }) => $from.parent.hasMarkup(type, { ...$from.parent.attrs, ...attrs });
const isInside = (type) => ({ selection: { $from } }) => {
  for (let depth = $from.depth; depth > 0; depth--) if ($from.node(depth).type === type) return true;
  return false;
};

const dispatching = (command) => (view) => {
  command(view.state, view.dispatch, view);
  view.focus();
};
const tool = (text, command, more = {}) => ({ text, run: dispatching(command), enabled: (state) => command(state), ...more });

export const paragraph = setBlockType(nodes.paragraph);
export const heading = (level) => setBlockType(nodes.heading, { level });
export const mark = (name) => toggleMark(marks[name]);

function list(type) {
  const inside = isInside(type);
  return (state, dispatch, view) => (inside(state) ? liftListItem(nodes.list_item) : wrapInList(type))(state, dispatch, view);
}
const quote = (state, dispatch) => (isInside(nodes.blockquote)(state) ? lift : wrapIn(nodes.blockquote))(state, dispatch);

// Puts blocks where the cursor is: in place of an empty paragraph, else after the outermost block.
function insertBlock(view, node) {
  const { state } = view;
  const { $from } = state.selection;
  const top = $from.depth ? $from.node(1) : state.selection.node;
  const empty = $from.depth === 1 && top.type === nodes.paragraph && top.content.size === 0;
  const start = $from.depth ? $from.before(1) : $from.pos;
  const end = start + (top ? top.nodeSize : 0);
  const atEnd = end >= state.doc.content.size;
  const tr = state.tr.replaceWith(empty ? start : end, end, Fragment.from(atEnd ? [node, nodes.paragraph.create()] : node));
  const place = empty ? start : end;
  tr.setSelection(node.isAtom && !node.isTextblock ? NodeSelection.create(tr.doc, place) : TextSelection.near(tr.doc.resolve(place + 1)));
  view.dispatch(tr.scrollIntoView());
  view.focus();
}

async function insertTable(view) {
  const size = { type: "number", required: true, min: 1 };
  const wanted = await ask("插入表格", [
    { ...size, name: "rows", label: "行数（包括表头）", value: 3, max: 100 },
    { ...size, name: "columns", label: "列数", value: 3, max: 30 },
    { type: "checkbox", name: "head", label: "第一行是表头", value: true },
  ]);
  if (!wanted) return view.focus();
  const row = (type) => nodes.table_row.create(null, Array.from({ length: wanted.columns }, () => type.createAndFill()));
  const rows = Array.from({ length: wanted.rows }, (_, at) => row(wanted.head && at === 0 ? nodes.table_header : nodes.table_cell));
  insertBlock(view, nodes.table.create(null, rows));
}

// Afterwards the cursor is in the cell: with the cell selected, the next word typed would replace what is in it.
const merge = (state, dispatch) => mergeCells(state, dispatch && ((tr) => {
  const cell = tr.selection.$anchorCell;
  dispatch(cell ? tr.setSelection(TextSelection.near(tr.doc.resolve(cell.pos + cell.nodeAfter.nodeSize - 1), -1)) : tr);
}));

async function caption(view) {
  const rect = selectedRect(view.state);
  const given = await ask("表格的标题", [{ name: "caption", label: "标题（写在表格上方，可以不写）", value: rect.table.attrs.caption }]);
  if (given) view.dispatch(view.state.tr.setNodeMarkup(rect.tableStart - 1, null, { ...rect.table.attrs, caption: given.caption }));
  view.focus();
}

const alt = (value) => ({
  name: "alt", label: "替代文字", value,
  hint: "给看不见图片的人读的话，说出图里有什么；只起装饰作用的图片才不写",
});
const title = (value) => ({ name: "title", label: "图注（写在图片下面，可以不写）", value });

export async function picture(view, { server, say }, file = null) {
  const chosen = view.state.selection.node?.type === nodes.image ? view.state.selection.node : null;
  const fields = [alt(chosen?.attrs.alt), title(chosen?.attrs.title)];
  if (!chosen && !file) fields.unshift({ type: "file", name: "file", label: "图片文件", accept: PICTURES, required: true });
  const given = await ask(chosen ? "图片" : "插入图片", fields);
  if (!given) return view.focus();
  if (chosen) {
    const at = view.state.selection.from;
    view.dispatch(view.state.tr.setNodeMarkup(at, null, { ...chosen.attrs, alt: given.alt, title: given.title }));
  } else {
    const src = await uploaded(file || given.file, server, say);
    if (src) view.dispatch(view.state.tr.replaceSelectionWith(nodes.image.create({ src, alt: given.alt, title: given.title })).scrollIntoView());
  }
  view.focus();
}

export async function attachment(view, { server, say }, file = null) {
  const fields = [{ name: "text", label: "显示的文字", value: file?.name, hint: "不写就用文件名" }];
  if (!file) fields.unshift({ type: "file", name: "file", label: "附件文件", required: true });
  const given = await ask("插入附件", fields);
  if (given) {
    const chosen = file || given.file;
    const name = await uploaded(chosen, server, say);
    if (name) view.dispatch(view.state.tr.replaceSelectionWith(schema.text(given.text || chosen.name, [marks.link.create({ href: encodeURI(name) })]), false));
  }
  view.focus();
}

async function uploaded(file, server, say) {
  say(`正在上传「${file.name}」……`);
  try {
    const name = await server.upload(file);
    say(`已上传「${name}」`);
    return name;
  } catch (problem) {
    say(`「${file.name}」没有上传：${problem.message}`, true);
    return "";
  }
}

export async function link(view, { say }) {
  const { state } = view;
  const { $from, from, to, empty } = state.selection;
  const old = marks.link.isInSet($from.marks()) || marks.link.isInSet($from.nodeAfter?.marks || []);
  const fields = [{ name: "href", label: "地址", value: old?.attrs.href, hint: "如 https://www.jl.example/、本站文章的文件名；留空去掉链接" }];
  if (empty && !old) fields.push({ name: "text", label: "显示的文字", required: true });
  const given = await ask("链接", fields);
  if (given && !isSafe(given.href)) say(`链接的地址不能是「${given.href}」`, true);
  else if (given) {
    const tr = view.state.tr;
    const [start, end] = old && empty ? extent($from, old) : [from, to];
    if (empty && !old) {
      if (given.href) tr.replaceSelectionWith(schema.text(given.text, [marks.link.create({ href: given.href })]), false);
    } else {
      tr.removeMark(start, end, marks.link);
      if (given.href) tr.addMark(start, end, marks.link.create({ href: given.href, title: old?.attrs.title || "" }));
    }
    view.dispatch(tr);
  }
  view.focus();
}

// where the link around a position begins and ends
function extent($from, one) {
  const parent = $from.parent;
  let first = $from.index();
  if (first === parent.childCount || !one.isInSet(parent.child(first).marks)) first--;
  let last = first + 1;
  while (first > 0 && one.isInSet(parent.child(first - 1).marks)) first--;
  while (last < parent.childCount && one.isInSet(parent.child(last).marks)) last++;
  let start = $from.start();
  for (let at = 0; at < first; at++) start += parent.child(at).nodeSize;
  let end = start;
  for (let at = first; at < last; at++) end += parent.child(at).nodeSize;
  return [start, end];
}

async function footnote(view) {
  const given = await ask("脚注", [{ name: "text", label: "脚注的文字", required: true }]);
  if (given) {
    const used = new Set();
    view.state.doc.descendants((node) => void (node.attrs.label && used.add(node.attrs.label)));
    let label = 1;
    while (used.has(String(label))) label++;
    const tr = view.state.tr.replaceSelectionWith(nodes.footnote_ref.create({ label: String(label) }), false);
    const note = nodes.footnote.create({ label: String(label) }, nodes.paragraph.create(null, schema.text(given.text)));
    view.dispatch(tr.insert(tr.doc.content.size, note));
  }
  view.focus();
}

const TYPES = [["bar", "条形图"], ["grouped", "分组条形图"], ["stacked", "堆积条形图"], ["line", "折线图"], ["pie", "饼图"], ["table", "数据表"]];
const ROWS = "市州,办结\n长春,320\n吉林,118";
const SETTINGS = { 图型: "type", 标题: "title", 说明: "description", 单位: "unit", 文件: "file" };

// The settings of a chart or table of data, and its rows.
function settings(text) {
  const lines = text.split("\n");
  const found = {};
  let match;
  while (lines.length && (match = /^\s*([A-Za-z_]+|图型|标题|说明|单位|文件)\s*[:：]\s*(.*?)\s*$/.exec(lines[0]))) {
    found[SETTINGS[match[1]] || match[1]] = match[2];
    lines.shift();
  }
  return { ...found, data: lines.join("\n").trim() };
}

async function chart(view) {
  const { $from } = view.state.selection;
  const block = $from.parent.type === nodes.data_block ? $from.parent : null;
  const old = block ? settings(block.textContent) : { data: ROWS };
  const type = block?.attrs.kind === "table" ? "table" : TYPES.find((one) => one.includes(old.type))?.[0] || "bar";
  const given = await ask(block ? "图表" : "插入图表", [
    { name: "type", label: "图型", options: TYPES, value: type },
    { name: "title", label: "标题", required: true, value: old.title },
    { name: "unit", label: "单位（如 件、万元）", value: old.unit },
    { name: "description", label: "说明（可以不写）", value: old.description, hint: "一句话说出图要说明什么；看不见图的读者听到的就是它" },
    { name: "data", label: "数据", rows: 6, value: old.data, hint: "第一行是表头，下面每行一项，用半角逗号分开，也可以从表格软件粘贴" },
    { name: "file", label: "或者文章旁边的数据文件（可以不写）", value: old.file, hint: "如 办结.csv、收支总表.xlsx；写了它，上面不写数据" },
  ]);
  if (!given) return view.focus();
  const { type: kind, data, ...others } = { ...old, ...given };
  const written = Object.entries({ ...(kind !== "table" && { type: kind }), ...others }).filter(([, value]) => value);
  const text = schema.text([...written.map(([key, value]) => `${key}: ${value}`), ...(data ? ["", data] : [])].join("\n"));
  const made = nodes.data_block.create({ ...block?.attrs, kind: kind === "table" ? "table" : "chart" }, text);
  if (!block) return insertBlock(view, made);
  view.dispatch(view.state.tr.replaceWith($from.before(), $from.after(), made));
  view.focus();
}

export const indent = sinkListItem(nodes.list_item);
export const outdent = liftListItem(nodes.list_item);

export function groups(context) {
  const level = (at, text, name) => tool(text, heading(at), { label: `${text} ${name}标题`, keys: `Ctrl+Alt+${at}`, active: isBlock(nodes.heading, { level: at }), enabled: undefined });
  const toggle = (text, name, more) => tool(text, mark(name), { active: hasMark(marks[name]), ...more });
  const asking = (text, run, more) => ({ text, run: (view) => run(view, context), ...more });
  const align = (text, side) => tool(text, setCellAttr("align", side), { active: undefined });
  return [
    { label: "段落", buttons: [
      tool("正文", paragraph, { label: "正文 段落", keys: "Ctrl+Alt+0", active: isBlock(nodes.paragraph), enabled: undefined }),
      level(2, "一、", "一级"), level(3, "（一）", "二级"), level(4, "1.", "三级"), level(5, "（1）", "四级"),
    ] },
    { label: "文字", buttons: [
      toggle("加粗", "strong", { keys: "Ctrl+B", look: "strong" }), toggle("斜体", "em", { keys: "Ctrl+I", look: "em" }),
      toggle("上标", "sup"), toggle("下标", "sub"), asking("链接", link, { keys: "Ctrl+K", active: hasMark(marks.link) }),
    ] },
    { label: "列表和引用", buttons: [
      tool("项目列表", list(nodes.bullet_list), { active: isInside(nodes.bullet_list) }),
      tool("编号列表", list(nodes.ordered_list), { active: isInside(nodes.ordered_list) }),
      tool("引用", quote, { active: isInside(nodes.blockquote) }),
    ] },
    { label: "插入", buttons: [
      asking("表格", insertTable), asking("图片", picture), asking("附件", attachment), asking("脚注", footnote), asking("图表", chart, { active: isBlock(nodes.data_block) }),
      { text: "分隔线", run: (view) => insertBlock(view, nodes.horizontal_rule.create()) },
    ] },
    { label: "撤销", buttons: [tool("撤销", undo, { keys: "Ctrl+Z" }), tool("重做", redo, { keys: "Ctrl+Y" })] },
    { label: "表格", shown: isInTable, buttons: [
      tool("上插一行", addRowBefore), tool("下插一行", addRowAfter), tool("左插一列", addColumnBefore), tool("右插一列", addColumnAfter),
      tool("删除行", deleteRow), tool("删除列", deleteColumn), tool("合并单元格", merge), tool("拆分单元格", splitCell),
      tool("表头行", toggleHeader("row")), tool("表头列", toggleHeader("column")),
      align("左对齐", "left"), align("居中", "center"), align("右对齐", "right"),
      asking("表格标题", caption), tool("删除表格", deleteTable),
    ] },
  ];
}
