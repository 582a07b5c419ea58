// Asks for a few values in a modal dialog; gives them as an object, or null if nothing is wanted.
let last = 0;

export function ask(title, fields, accept = "确定") {
  const dialog = document.createElement("dialog");
  const id = `visual-dialog-${++last}`;
  dialog.className = "visual-dialog";
  dialog.setAttribute("aria-labelledby", id);
  const form = document.createElement("form");
  form.method = "dialog";
  const heading = document.createElement("h2");
  heading.id = id;
  heading.textContent = title;
  form.append(heading);
  const inputs = fields.map((field) => line(form, field, `${id}-${field.name}`));
  const row = document.createElement("p");
  row.className = "row";
  const yes = button(accept, "submit");
  yes.className = "main";
  const no = button("取消", "button");
  row.append(yes, no);
  form.append(row);
  dialog.append(form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    let result = null;
    no.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", () => {
      result = Object.fromEntries(fields.map((field, at) => [field.name, value(inputs[at])]));
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    dialog.showModal();
    inputs[0]?.focus();
  });
}

function button(text, type) {
  const made = document.createElement("button");
  made.type = type;
  made.textContent = text;
  return made;
}

function value(input) {
  if (input.type === "checkbox") return input.checked;
  if (input.type === "file") return input.files[0] || null;
  return input.value.trim();
}

function line(form, field, id) {
  const row = document.createElement("p");
  const label = document.createElement("label");
  label.htmlFor = id;
  label.textContent = field.label;
  let input;
  if (field.options) {
    input = document.createElement("select");
    for (const [key, text] of field.options) input.add(new Option(text, key, false, key === field.value));
  } else {
    input = document.createElement(field.rows ? "textarea" : "input");
    if (field.rows) input.rows = field.rows;
    else input.type = field.type || "text";
    if (field.type === "checkbox") input.checked = Boolean(field.value);
    else if (field.type !== "file") input.value = field.value ?? "";
    for (const name of ["min", "max", "accept", "required", "pattern", "placeholder"]) if (field[name] !== undefined) input[name] = field[name];
  }
  input.id = id;
  if (field.type === "checkbox") row.append(input, " ", label);
  else row.append(label, input);
  if (field.hint) {
    const hint = document.createElement("span");
    hint.className = "hint";
    hint.id = `${id}-hint`;
    hint.textContent = field.hint;
    input.setAttribute("aria-describedby", hint.id);
    row.append(hint);
  }
  form.append(row);
  return input;
}
