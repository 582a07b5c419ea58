// Requests to this editor's own server. Its refusals are sentences in Chinese.
const LOST = "连不上服务器，文字还在这里，稍后再试";

export class Refusal extends Error {}

export function server(form) {
  const token = () => form.querySelector("[name=_csrf]")?.value || "";
  const files = form.dataset.files || new URL("files", location.href).pathname;

  async function send(path, body, headers) {
    let answer;
    try {
      answer = await fetch(path, {
        method: "POST", credentials: "same-origin", body,
        headers: { accept: "application/json", "x-csrf-token": token(), ...headers },
      });
    } catch {
      throw new Refusal(LOST);
    }
    const data = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refusal(data.error || `服务器没有接受（${answer.status}）`);
    return data;
  }
  function filed(file) {
    const body = new FormData();
    body.append("_csrf", token());
    body.append("file", file, file.name);
    return body;
  }
  const ask = (path, data) => send(path, JSON.stringify(data), { "content-type": "application/json" });

  return {
    parse: (markdown) => ask("/api/parse", { markdown }),
    serialize: async (document) => (await ask("/api/serialize", { document })).markdown,
    paste: (html) => ask("/api/paste", { html }),
    // the words of a Word file or a workbook
    convert: (file) => send("/api/paste", filed(file), {}),
    // the name under which a file now lies beside the article
    async upload(file) {
      const answer = await send(files, filed(file), {});
      return (answer.files?.[0] || answer).name;
    },
    // where the browser finds a picture that the text names
    address(src) {
      return src.startsWith("/") ? src : `${files}/${src.split("/").map((part) => encodeURIComponent(safelyDecoded(part))).join("/")}`;
    },
  };
}

function safelyDecoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
