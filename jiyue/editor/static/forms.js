// The page of a draft, for browsers with scripts: line numbers, findings and preview while writing, unsaved text kept in the
// browser, Ctrl+S, files dropped. Without it the page does the same after saving.
const form = document.getElementById("article");
const text = document.getElementById("body") || document.getElementById("source");
const said = document.getElementById("saved");
const key = `jiyue-draft-${form.dataset.draft}`;
const token = form.elements._csrf.value;
let dirty = false;
let leaving = false;

const values = () => [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "_csrf" && name !== "at");
const written = () => JSON.stringify(values().filter(([name]) => name !== "base"));
const before = written();

// -- line numbers --
const mirror = document.createElement("div");
let marks = new Map();
function numbers() {
  const rows = text.value.split("\n");
  while (mirror.children.length > rows.length) mirror.lastChild.remove();
  while (mirror.children.length < rows.length) mirror.append(document.createElement("div"));
  rows.forEach((row, at) => {
    const line = mirror.children[at];
    if (line.textContent !== row) line.textContent = row;
    const mark = marks.get(at + 1) || "";
    if (line.className !== mark) line.className = mark;
  });
}
if (text) {
  mirror.className = "mirror text";
  mirror.setAttribute("aria-hidden", "true");
  text.before(mirror);
  text.parentElement.classList.add("numbered");
  numbers();
}

// -- findings --
const list = document.getElementById("findings");
function element(name, properties, ...inside) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...inside);
  return made;
}
function tell(found, errors) {
  const count = element("p", {className: "count"});
  if (!found.length) count.append("没有发现问题。");
  else if (errors) count.append(element("strong", {className: "error"}, `${errors} 处错误`), "，改正以后才能发布。");
  else count.append(`没有错误，有 ${found.length} 处提醒。`);
  const rows = element("ol", {className: "plain"});
  document.querySelectorAll(".field .told, .part > .told").forEach((old) => old.remove());
  document.querySelectorAll("[aria-invalid]").forEach((one) => one.removeAttribute("aria-invalid"));
  marks = new Map();
  for (const one of found) {
    const where = one.field || one.line ? element("a", {href: `#${one.field || "body"}`}, one.where) : one.where;
    if (where.dataset) Object.assign(where.dataset, {field: one.field, line: one.line});
    rows.append(element("li", {className: `told ${one.severity}`}, where, " ", element("strong", {}, one.label), ` ${one.message}`,
      element("br", {}), element("span", {className: "hint"}, one.hint)));
    if (one.line && marks.get(one.line) !== "error") marks.set(one.line, one.severity);
    const field = one.field && document.getElementById(one.field);
    if (field) {
      field.closest(".field, .part")?.append(element("span", {className: `told ${one.severity}`}, `${one.label}：${one.message}。${one.hint}`));
      field.setAttribute("aria-invalid", "true");
    }
  }
  document.getElementById("tally").textContent = errors ? `${errors} 处错误` : found.length ? `${found.length} 处提醒` : "没有发现问题";
  list.replaceChildren(count, ...(found.length ? [rows] : []));
  if (text) numbers();
}
function jump(line) {
  const rows = text.value.split("\n");
  const visual = document.getElementById("body-visual");
  if (visual) {
    // the block of the visual editor with the words of that line
    const words = (rows[line - 1] || "").replace(/!?\[|\]\([^)]*\)|[#*_|>`~]/g, " ").split(/\s+/).filter(Boolean);
    const longest = words.sort((a, b) => b.length - a.length)[0] || "";
    const block = [...visual.querySelectorAll("p,h1,h2,h3,h4,h5,h6,td,th,pre")].find((one) => longest && one.textContent.includes(longest));
    visual.focus();
    if (block) {
      getSelection().selectAllChildren(block);
      block.scrollIntoView({block: "center"});
    }
    return;
  }
  const start = rows.slice(0, line - 1).reduce((sum, row) => sum + row.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (rows[line - 1] || "").length);
  mirror.children[line - 1]?.scrollIntoView({block: "center"});
}
list.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  const field = link.dataset.field ? document.getElementById(link.dataset.field) : null;
  const group = field?.closest("details");
  if (group) group.open = true;
  if (!field && text && +link.dataset.line) {
    event.preventDefault();
    jump(+link.dataset.line);
  } else if (field) {
    event.preventDefault();
    field.focus();
    field.scrollIntoView({block: "center"});
  }
});
for (const one of list.querySelectorAll("a[data-line]")) {
  const severity = one.parentElement.classList.contains("error") ? "error" : "warning";
  if (+one.dataset.line && marks.get(+one.dataset.line) !== "error") marks.set(+one.dataset.line, severity);
}
if (text) numbers();

let asked = 0;
async function judge() {
  const mine = ++asked;
  const sent = new FormData(form);
  sent.delete("file");
  try {
    const answer = await fetch(`/draft/${form.dataset.draft}/findings`, {
      method: "POST", body: sent, headers: {"X-CSRF-Token": token, Accept: "application/json"},
    });
    const told = await answer.json();
    if (mine !== asked) return;
    if (answer.ok) tell(told.findings, told.errors);
    else said.textContent = told.error;
  } catch {
    said.textContent = "连不上编辑系统。写的内容记在这个浏览器里，连上以后再保存。";
  }
}

// -- preview --
const frame = document.getElementById("preview");
const show = document.getElementById("show");
function refresh() {
  if (!frame.offsetParent || frame.getBoundingClientRect().top > innerHeight * 1.5) return;
  const files = document.getElementById("file");
  if (files.files.length) return;
  leaving = true;
  form.requestSubmit(show);
  leaving = false;
}

// -- unsaved text --
function keep() {
  dirty = written() !== before;
  try {
    if (dirty) localStorage.setItem(key, JSON.stringify({at: new Date().toLocaleString("zh-CN"), base: form.dataset.base, values: values()}));
    else localStorage.removeItem(key);
  } catch {
    // a browser that keeps nothing
  }
  said.textContent = dirty ? "有没有保存的修改" : "";
}
function stored() {
  try {
    return JSON.parse(localStorage.getItem(key) || "null");
  } catch {
    return null;
  }
}
const old = stored();
const recover = document.getElementById("recover");
if (old && JSON.stringify(old.values.filter(([name]) => name !== "base")) !== before) {
  recover.hidden = false;
  const other = old.base === form.dataset.base ? "" : "那以后这份稿件又保存过，恢复以后保存时会和新的内容合并。";
  recover.firstElementChild.textContent = `这个浏览器里有 ${old.at} 没有保存的内容。${other}`;
  recover.addEventListener("click", (event) => {
    const answer = event.target.dataset?.recover;
    if (!answer) return;
    if (answer === "yes") {
      const seen = new Map();
      for (const [name, value] of old.values) {
        const at = seen.get(name) || 0;
        seen.set(name, at + 1);
        const found = form.elements[name];
        const one = found instanceof RadioNodeList ? found[at] : found;
        if (!one) continue;
        if (one.type === "checkbox") one.checked = true;
        else one.value = value;
      }
      for (const box of form.querySelectorAll("input[type=checkbox]")) box.checked = (seen.get(box.name) || 0) > 1;
      text?.dispatchEvent(new Event("input", {bubbles: true}));
      changed();
    } else localStorage.removeItem(key);
    recover.hidden = true;
    text?.focus();
  });
}

const SOON = 900, LATER = 2000; // ms after the last key
let wait = 0, later = 0;
function changed() {
  if (text) numbers();
  clearTimeout(wait);
  clearTimeout(later);
  wait = setTimeout(() => {
    keep();
    judge();
  }, SOON);
  later = setTimeout(refresh, LATER);
}
form.addEventListener("input", changed);
form.addEventListener("change", (event) => {
  if (event.target.type === "file") return;
  changed();
});
addEventListener("beforeunload", (event) => {
  if (dirty && !leaving) event.preventDefault();
});
form.addEventListener("submit", (event) => {
  if (event.submitter?.formTarget) return;
  if (text) form.elements.at.value = place;
  leaving = true;
  try {
    localStorage.setItem(key, JSON.stringify({at: new Date().toLocaleString("zh-CN"), base: form.dataset.base, values: values()}));
    sessionStorage.setItem(key, JSON.stringify([scrollY, text?.selectionStart || 0, document.activeElement === text]));
  } catch {
    // a browser that keeps nothing
  }
});
addEventListener("pageshow", () => { leaving = false; });
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    form.requestSubmit(document.getElementById("save"));
  }
});

// -- where the writer was --
let place = "";
text?.addEventListener("blur", () => { place = text.selectionEnd; });
try {
  const [top, at, focused] = JSON.parse(sessionStorage.getItem(key) || "[]");
  sessionStorage.removeItem(key);
  if (top !== undefined && document.querySelector(".done")) {
    localStorage.removeItem(key);
    recover.hidden = true;
    if (focused && text) {
      text.focus({preventScroll: true});
      text.setSelectionRange(at, at);
    }
    if (!location.hash) scrollTo(0, top);
  }
} catch {
  // a browser that keeps nothing
}

// -- files dropped --
const bring = document.querySelector(".bring");
const chooser = document.getElementById("file");
const drop = (event) => {
  if (event.target.closest?.(".visual")) return; // it takes in files itself
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  bring.classList.toggle("over", event.type === "dragover");
  if (event.type !== "drop" || !event.dataTransfer.files.length) return;
  chooser.files = event.dataTransfer.files;
  bring.scrollIntoView({block: "center"});
  const names = [...chooser.files].map((one) => one.name.toLowerCase());
  const word = names.length === 1 && /\.(docx?|wps)$/.test(names[0]);
  document.getElementById([...chooser.files].some((one) => one.type.startsWith("image/")) ? "alt" : word ? "word" : "bring").focus();
};
for (const name of ["dragover", "dragleave", "drop"]) addEventListener(name, drop);
