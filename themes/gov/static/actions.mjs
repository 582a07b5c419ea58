// The actions above a document: font size, print, copy its number, a QR code. site.js handles reading aloud.
const SIZES = ["", "1", "2", "3"];

export function wire(box, { chosen, choose, announce }) {
  const resize = (step) => {
    const now = SIZES.indexOf(chosen().font ?? "");
    const next = Math.min(Math.max(now + step, 0), SIZES.length - 1);
    if (next === now) return announce(step > 0 ? _("已是最大字号") : _("已是标准字号"));
    choose({ font: SIZES[next] });
    announce([_("标准字号"), _("大字号"), _("特大字号"), _("超大字号")][next]);
  };
  const acts = {
    smaller: () => resize(-1),
    bigger: () => resize(1),
    print: () => print(),
    async copy(button) {
      const { dataset, textContent } = button;
      try {
        await navigator.clipboard.writeText(dataset.text);
        announce(_("已复制"));
        button.textContent = _("已复制");
        setTimeout(() => (button.textContent = textContent), 3000);
      } catch {
        prompt(_("请复制"), dataset.text);
      }
    },
    async code(button) {
      let figure = box.querySelector("figure");
      if (figure) figure.hidden = !figure.hidden;
      else {
        const { svg } = await import("./qr.mjs");
        figure = document.createElement("figure");
        const caption = document.createElement("figcaption");
        caption.textContent = _("用微信扫一扫");
        figure.append(svg(button.dataset.text), caption);
        box.append(figure);
      }
      button.setAttribute("aria-expanded", String(!figure.hidden));
    },
  };
  box.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button && Object.hasOwn(acts, button.dataset.do)) acts[button.dataset.do](button);
  });
}
