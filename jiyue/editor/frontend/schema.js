// The schema of documents: what document/schema.json says, and how each node looks in the editor.
import { Schema } from "prosemirror-model";
import data from "../document/schema.json";

// Whether a link may lead there: a place of the site, or one of the schemes that pages allow.
export const isSafe = (href) => !/^[a-z][a-z0-9+.-]*:/i.test(href) || /^(https?|mailto|tel):/i.test(href);

const SHOWN_TABLE_ROLES = { table: "table", table_row: "row", table_cell: "cell", table_header: "header_cell" };

const cellAttributes = (node) => ({
  ...(node.attrs.colspan > 1 && { colspan: node.attrs.colspan }),
  ...(node.attrs.rowspan > 1 && { rowspan: node.attrs.rowspan }),
  ...(node.attrs.scope && { scope: node.attrs.scope }),
  ...(node.attrs.align && { class: `align-${node.attrs.align}` }),
});
const readCell = (dom) => ({
  colspan: Number(dom.getAttribute("colspan") || 1),
  rowspan: Number(dom.getAttribute("rowspan") || 1),
  align: ["left", "center", "right"].find((side) => dom.classList.contains(`align-${side}`)) || "",
});

const NODES = {
  paragraph: { toDOM: () => ["p", 0], parseDOM: [{ tag: "p" }] },
  heading: {
    defining: true,
    toDOM: (node) => [`h${node.attrs.level}`, 0],
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level } })),
  },
  bullet_list: { toDOM: () => ["ul", 0], parseDOM: [{ tag: "ul" }] },
  ordered_list: {
    toDOM: (node) => ["ol", node.attrs.start === 1 ? {} : { start: node.attrs.start }, 0],
    parseDOM: [{ tag: "ol", getAttrs: (dom) => ({ start: Math.max(0, dom.start) || 1 }) }],
  },
  list_item: { defining: true, toDOM: () => ["li", 0], parseDOM: [{ tag: "li" }] },
  blockquote: { defining: true, toDOM: () => ["blockquote", 0], parseDOM: [{ tag: "blockquote" }] },
  table: {
    isolating: true,
    toDOM: (node) => ["div", { class: "table-scroll" }, ["table", node.attrs.caption ? { "data-caption": node.attrs.caption } : {}, ["tbody", 0]]],
    parseDOM: [{ tag: "table", getAttrs: (dom) => ({ caption: dom.dataset.caption || "" }) }],
  },
  table_row: { toDOM: () => ["tr", 0], parseDOM: [{ tag: "tr" }] },
  table_cell: { isolating: true, toDOM: (node) => ["td", cellAttributes(node), 0], parseDOM: [{ tag: "td", getAttrs: readCell }] },
  table_header: { isolating: true, toDOM: (node) => ["th", cellAttributes(node), 0], parseDOM: [{ tag: "th", getAttrs: readCell }] },
  code_block: {
    code: true, defining: true,
    toDOM: (node) => ["pre", { "data-language": node.attrs.language }, ["code", 0]],
    parseDOM: [{ tag: "pre", preserveWhitespace: "full", getAttrs: (dom) => ({ language: dom.dataset.language || "" }) }],
  },
  data_block: {
    code: true, defining: true, isolating: true,
    toDOM: (node) => ["pre", { class: "data", "data-kind": node.attrs.kind }, ["code", 0]],
    parseDOM: [{ tag: "pre.data", preserveWhitespace: "full", priority: 60, getAttrs: (dom) => ({ kind: dom.dataset.kind || "chart" }) }],
  },
  horizontal_rule: { toDOM: () => ["hr"], parseDOM: [{ tag: "hr" }] },
  footnote: {
    defining: true, isolating: true,
    toDOM: (node) => ["div", { class: "note", "data-label": node.attrs.label }, 0],
    parseDOM: [{ tag: "div.note", getAttrs: (dom) => ({ label: dom.dataset.label }) }],
  },
  source: {
    atom: true,
    toDOM: (node) => ["pre", { class: "source", contenteditable: "false" }, node.attrs.source],
    parseDOM: [{ tag: "pre.source", priority: 60, getAttrs: (dom) => ({ source: dom.textContent }) }],
  },
  image: {
    draggable: true,
    toDOM: (node) => ["img", { "data-src": node.attrs.src, alt: node.attrs.alt, title: node.attrs.title || null }],
    parseDOM: [{ tag: "img[data-src]", getAttrs: (dom) => ({ src: dom.dataset.src, alt: dom.alt, title: dom.title }) }],
  },
  footnote_ref: {
    atom: true,
    toDOM: (node) => ["sup", { class: "note-mark", "data-label": node.attrs.label }, `[${node.attrs.label}]`],
    parseDOM: [{ tag: "sup.note-mark", priority: 60, getAttrs: (dom) => ({ label: dom.dataset.label }) }],
  },
  hard_break: { selectable: false, toDOM: () => ["br"], parseDOM: [{ tag: "br" }] },
};

const tagged = (name, ...others) => ({ toDOM: () => [name, 0], parseDOM: [name, ...others].map((tag) => ({ tag })) });
const MARKS = {
  link: {
    inclusive: false,
    toDOM: (mark) => ["a", { href: mark.attrs.href, title: mark.attrs.title || null }, 0],
    parseDOM: [{ tag: "a[href]", getAttrs: (dom) => isSafe(dom.getAttribute("href").trim()) && { href: dom.getAttribute("href").trim(), title: dom.title } }],
  },
  strong: tagged("strong", "b"),
  em: tagged("em", "i"),
  underline: tagged("u"),
  strike: tagged("s", "del"),
  sup: tagged("sup"),
  sub: tagged("sub"),
  code: tagged("code"),
};

function spec(declared, shown, name) {
  const attrs = declared.attrs && Object.fromEntries(Object.entries(declared.attrs).map(([key, value]) => [key, { default: value }]));
  const role = SHOWN_TABLE_ROLES[name];
  return { ...declared, ...(attrs && { attrs }), ...(role && { tableRole: role }), ...shown };
}

const all = (declared, shown) => Object.fromEntries(Object.entries(declared).map(([name, one]) => [name, spec(one, shown[name], name)]));

export const schema = new Schema({ topNode: "doc", nodes: all(data.nodes, NODES), marks: all(data.marks, MARKS) });
