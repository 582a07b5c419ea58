// The display loop: shows its slides in turn and keeps them as the playlist says. A classic script, because a page from a file
// may load no module; without newer syntax, because players in use are old.
(function () {
  var body = document.body, set = body.dataset;
  var alarms = document.querySelector(".alarms"), slides = document.querySelector(".slides");
  var skeleton = document.querySelector("template").content.firstElementChild;
  var home = set.home, bundled = set.bundle;
  var base = bundled ? home : new URL(set.root || "./", location.href).href;
  var address = new URL("screen/playlist.json", base).href;
  var STORE = "playlist " + address;
  var DAY = 864e5;
  var seconds = Number(set.seconds) * 1000, current = null, paused = false, turn = 0, resume = 0;
  var known = "", contact = bundled ? 0 : Date.now();

  // many players are never told their time zone
  function beijing(time) { return new Date(time + 8 * 36e5); }
  function all(list) { return Array.prototype.slice.call(list.children); }
  function over(element) { return element.dataset.until && Date.now() >= Date.parse(element.dataset.until); }
  function part(element, name, text) { element.querySelector(name).textContent = text; }

  // What is over goes by itself, also where no playlist comes any more.
  function clear() {
    all(alarms).concat(all(slides)).forEach(function (one) { if (over(one)) one.remove(); });
  }

  function round() {
    clear();
    var first = all(alarms);
    return first.some(function (one) { return one.dataset.grave; }) ? first : first.concat(all(slides));
  }

  function show(element) {
    clearTimeout(turn);
    if (current && current !== element) current.classList.remove("on");
    current = element;
    element.classList.add("on");
    body.classList.toggle("alarmed", element.classList.contains("alarm"));
    tell();
    if (!paused) turn = setTimeout(function () { step(1); }, seconds);
  }

  function step(by) {
    var list = round(), place = list.indexOf(current);
    show(list[place < 0 ? 0 : (place + by + list.length) % list.length]);
  }

  function tell() {
    var now = beijing(Date.now()), list = round(), two = function (number) { return (number < 10 ? "0" : "") + number; };
    part(body, ".clock", two(now.getUTCHours()) + ":" + two(now.getUTCMinutes()));
    var old = Date.now() - contact > DAY, then = beijing(contact), newest = document.querySelector(".slides time");
    var day = contact ? then.getUTCMonth() + 1 + "-" + then.getUTCDate() : newest ? newest.textContent : "";
    part(body, ".state", paused ? _("已暂停") : old && day ? _("网络中断，内容为 %s 的").replace("%s", day)
      : list.indexOf(current) + 1 + " / " + list.length);
  }

  function pause(on) {
    paused = on;
    clearTimeout(resume);
    body.classList.toggle("paused", on);
    // a public display doesn't stand still because somebody touched it
    if (on) resume = setTimeout(function () { pause(false); }, Number(set.idle) * 1000);
    show(current);
  }

  function picture(path, mark) {
    var image = new Image();
    image.alt = "";
    image.src = new URL(path.split("/").map(encodeURIComponent).join("/") + (mark ? "?v=" + mark : ""), base).href;
    return image;
  }

  function slide(item) {
    var made = document.createElement("li"), article = skeleton.cloneNode(true);
    made.className = "slide" + (item.picture ? " pictured" : "");
    made.dataset.id = item.id;
    made.dataset.version = item.version;
    made.dataset.until = item.until;
    article.querySelector("meta").content = item.url;
    part(article, ".column", item.column);
    part(article, "h2", item.title);
    part(article, ".text", item.text);
    part(article, ".about span", item.source);
    part(article, ".about time", item.date);
    if (item.picture) {
      var shown = picture(item.picture, item.mark);
      shown.onerror = function () { shown.remove(); made.classList.remove("pictured"); };
      article.querySelector(".picture").append(shown);
    }
    var code = picture(item.code);
    code.className = "qr";
    code.alt = _("二维码：%s").replace("%s", item.title);
    code.onerror = function () { article.querySelector(".code").remove(); };
    article.querySelector(".code").prepend(code);
    made.append(article);
    return made;
  }

  function alarm(line) {
    var made = document.createElement("li");
    made.className = "alarm " + line.level + " " + line.exercise;
    made.dataset.key = line.key;
    made.dataset.until = line.until;
    made.dataset.grave = line.grave;
    [["strong", line.name], ["span", line.text], ["small", line.by + " " + line.since]].forEach(function (one) {
      var element = document.createElement(one[0]);
      element.textContent = one[1];
      made.append(element, " ");
    });
    return made;
  }

  // Brings a list to what is wanted, keeping elements of the same key; true if it has one that it had not.
  function bring(list, wanted, key, make) {
    var old = {}, more = false, after = list.firstElementChild;
    all(list).forEach(function (one) { if (key(one.dataset)) old[key(one.dataset)] = one; });
    wanted.forEach(function (item) {
      var name = key(item), element = old[name];
      if (!element) {
        element = make(item);
        more = true;
      }
      delete old[name];
      if (over(element)) return;
      if (element === after) after = after.nextElementSibling;
      else list.insertBefore(element, after);
    });
    Object.keys(old).forEach(function (name) { old[name].remove(); });
    return more;
  }

  function apply(list) {
    var more = bring(alarms, list.alerts, function (one) { return one.key || ""; }, alarm);
    bring(slides, list.items, function (one) { return one.id ? one.id + " " + one.version : ""; }, slide);
    if (more) {
      paused = false;
      clearTimeout(resume);
      body.classList.remove("paused");
      show(round()[0]);
    } else if (!current || !current.isConnected) step(1);
    else if (round().indexOf(current) < 0) show(round()[0]);
    else tell();
  }

  // Scripts, styles and settings come with the page: it is loaded anew where they have changed, once for each change.
  function renew(program) {
    if (bundled || program === set.program) return;
    try {
      if (sessionStorage.getItem("program") === program) return;
      sessionStorage.setItem("program", program);
    } catch (none) { return; }
    location.reload();
  }

  function poll() {
    var stop = window.AbortController && new AbortController();
    var late = setTimeout(function () { if (stop) stop.abort(); }, 20000);
    // "no-cache" asks with If-None-Match: an unchanged playlist costs a 304 without a body
    fetch(address, { cache: "no-cache", signal: stop ? stop.signal : undefined }).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
      return answer.text();
    }).then(function (text) {
      contact = Date.now();
      if (text === known) return tell();
      var list = JSON.parse(text);
      if (list.format !== 1) return renew(list.program);
      apply(list);
      known = text;
      if (bundled) keep(text);
      renew(list.program);
    }).catch(tell).then(function () {
      clearTimeout(late);
      setTimeout(poll, Number(set.poll) * 1000);
    });
  }

  // A bundle that starts without network goes on from what it learned last, unless it is a newer bundle.
  function keep(text) {
    try { localStorage.setItem(STORE, JSON.stringify([bundled, contact, text])); } catch (full) { /* plays what it has */ }
  }
  function recall() {
    try {
      var kept = JSON.parse(localStorage.getItem(STORE));
      if (kept && kept[0] === bundled) {
        contact = kept[1];
        apply(JSON.parse(kept[2]));
      }
    } catch (none) { /* plays what it has */ }
  }

  body.classList.add("playing");
  document.addEventListener("click", function () { pause(!paused); });
  document.addEventListener("keydown", function (event) {
    if (event.key === " " || event.key === "Enter") pause(!paused);
    else if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
    else return;
    event.preventDefault();
  });
  show(round()[0]);
  if (bundled) recall();
  poll();
})();
