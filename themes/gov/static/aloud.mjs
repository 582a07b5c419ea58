// Reads the page's main part aloud with the browser's speech synthesis, one paragraph at a time, marking the current one.
const root = document.documentElement;
const speech = window.speechSynthesis;
const BLOCK = "h1,h2,h3,h4,h5,h6,p,li,dt,dd,th,td,caption,figcaption,pre,blockquote,summary,dl>div,tr";
const SILENT = "nav,aside,form,button,script,style,noscript,figure.qr,[hidden],[aria-hidden=true]";
const RATES = [["", 1, _("语速：正常")], ["fast", 1.5, _("语速：快")], ["slow", 0.7, _("语速：慢")]];
// in characters: some engines stop in the middle of longer texts
const LONGEST = 120;
// ms without speech after which the browser is assumed to have no voice
const PATIENCE = 4000;

// set while reading
let player;

/** Start reading; if already reading, stop. */
export function start(opener, choose) {
  if (player) player.stop();
  else player = build(opener, choose);
}

/** The texts to read, in order: {block, text}. The cells of a row, or a term and its description, are read together. */
export function parts(main) {
  const found = [];
  const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
  let last;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.replace(/\s+/g, " ").trim();
    const near = node.parentElement.closest(BLOCK) ?? node.parentElement;
    if (!text || node.parentElement.closest(SILENT) || !near.getClientRects().length) continue;
    const block = near.closest("dl>div,tr") ?? near;
    const into = found.at(-1);
    if (into?.block === block) into.text += (near === last ? "" : "，") + text;
    else found.push({ block, text });
    last = near;
  }
  return found.flatMap(({ block, text }) => sentences(text).map((piece) => ({ block, text: piece })));
}

function sentences(text) {
  const pieces = [];
  for (const sentence of text.match(/[^。！？；;!?]+[。！？；;!?]*|[。！？；;!?]+/g)) {
    for (let at = 0; at < sentence.length; at += LONGEST) {
      const piece = sentence.slice(at, at + LONGEST);
      if (at === 0 && pieces.length && (pieces.at(-1) + piece).length <= LONGEST) pieces[pieces.length - 1] += piece;
      else pieces.push(piece);
    }
  }
  return pieces;
}

function build(opener, choose) {
  const main = document.querySelector("main");
  const queue = parts(main.querySelector("article") ?? main);
  const language = (main.querySelector("h1[lang]") ?? root).lang;
  const box = document.createElement("section");
  box.className = "dock player";
  box.setAttribute("aria-label", _("朗读"));
  const message = document.createElement("p");
  message.setAttribute("role", "status");
  message.hidden = true;
  let at = 0;
  // the current utterance; null while paused
  let current;
  let timer;

  const rate = () => RATES.find(([value]) => value === (root.dataset.rate ?? ""));
  const add = (text, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: text });
    made.addEventListener("click", act);
    box.append(made);
    return made;
  };

  function mark(block) {
    document.querySelector("[data-aloud=now]")?.removeAttribute("data-aloud");
    block?.setAttribute("data-aloud", "now");
    block?.scrollIntoView({ block: "center" });
  }

  function silent() {
    hush();
    mark();
    message.textContent = _("这个浏览器没有可用的语音，不能朗读。请在系统设置里安装中文语音，或者换一个浏览器。");
    message.hidden = false;
    pause.hidden = speed.hidden = true;
  }

  /** Stop speaking without ending the reading: a cancelled utterance must not call back. */
  function hush() {
    clearTimeout(timer);
    current = null;
    speech?.cancel();
  }

  function speak() {
    hush();
    if (at >= queue.length) return stop();
    const voices = speech?.getVoices() ?? [];
    const own = voices.find(({ lang }) => lang.slice(0, 2).toLowerCase() === language.slice(0, 2).toLowerCase());
    if (!speech || (voices.length && !own)) return silent();
    const { block, text } = queue[at];
    if (at === 0 || queue[at - 1].block !== block || !document.querySelector("[data-aloud=now]")) mark(block);
    const mine = Object.assign(new SpeechSynthesisUtterance(text), { lang: own?.lang ?? language, rate: rate()[1] });
    current = mine;
    timer = setTimeout(silent, PATIENCE);
    mine.onstart = () => current === mine && clearTimeout(timer);
    mine.onend = () => current === mine && (at++, speak());
    mine.onerror = () => current === mine && silent();
    speech.speak(mine);
  }

  function stop() {
    hush();
    mark();
    box.remove();
    delete root.dataset.aloud;
    removeEventListener("pagehide", stop);
    player = undefined;
    (opener.getClientRects().length ? opener : document.querySelector("main")).focus({ preventScroll: true });
  }

  // pause() ends the speech on some phones, so the sentence is read again instead
  const pause = add(_("暂停"), () => {
    const going = Boolean(current);
    pause.textContent = going ? _("继续") : _("暂停");
    if (going) hush();
    else speak();
  });
  const speed = add(rate()[2], () => {
    choose({ rate: RATES[(RATES.indexOf(rate()) + 1) % RATES.length][0] });
    speed.textContent = rate()[2];
    if (current) speak();
  });
  add(_("停止"), stop);
  box.prepend(message);
  root.dataset.aloud = "on";
  document.body.append(box);
  pause.focus();
  addEventListener("pagehide", stop);
  box.addEventListener("keydown", ({ key }) => key === "Escape" && stop());
  speak();
  return { stop };
}
