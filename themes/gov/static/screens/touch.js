// The touch edition: goes back to its start when nobody touches it any more, and keeps the alarms as the playlist says.
(function () {
  var set = document.body.dataset, WARNING = 10;
  var idle = Number(set.idle), since = Date.now(), box = null, count = null;
  var start = new URL(set.start, location.href).href;

  function closed() { if (box) { box.remove(); box = null; } }

  function warn(left) {
    if (!box) {
      box = document.createElement("div");
      box.className = "idle";
      box.setAttribute("role", "alertdialog");
      box.setAttribute("aria-label", _("还在吗？"));
      count = document.createElement("p");
      count.setAttribute("role", "timer");
      var stay = document.createElement("button");
      stay.className = "key";
      stay.textContent = _("继续使用");
      box.append(count, stay);
      box.addEventListener("click", answered);
      document.body.append(box);
      stay.focus();
    }
    count.textContent = _("%s 秒后回到开始").replace("%s", left);
  }

  // While the question stands, only an answer counts: it goes with the click, which would else fall on what is below it.
  function touched() { if (!box) since = Date.now(); }
  function answered() {
    closed();
    touched();
  }

  // what the last person typed, scrolled or opened is not for the next one
  function reset() {
    closed();
    touched();
    if (location.href === start) scrollTo(0, 0);
    else location.replace(start);
  }

  setInterval(function () {
    var left = Math.ceil(idle - (Date.now() - since) / 1000);
    if (left <= 0) reset();
    else if (left <= Math.min(WARNING, idle / 2) && (location.href !== start || scrollY)) warn(left);
    document.querySelectorAll(".alarm").forEach(function (one) {
      if (one.dataset.until && Date.now() >= Date.parse(one.dataset.until)) one.remove();
    });
  }, 500);
  ["pointerdown", "keydown", "scroll", "input"].forEach(function (name) {
    addEventListener(name, touched, { passive: true, capture: true });
  });
  addEventListener("contextmenu", function (event) { event.preventDefault(); });
  addEventListener("dragstart", function (event) { event.preventDefault(); });
  // a page that comes back from the browser's memory has been idle meanwhile
  addEventListener("pageshow", answered);

  // The start page stands for hours: what changed on the site, or had to go, changes it while nobody touches the screen.
  var shown = "";
  function renew() {
    if (location.href !== start) return;
    fetch(start, { cache: "no-cache" }).then(function (answer) { return answer.ok ? answer.text() : ""; }).then(function (text) {
      if (shown && text && text !== shown && Date.now() - since > 5000) location.reload();
      shown = shown || text;
    }).catch(function () { /* the next time */ });
  }

  function poll() {
    renew();
    fetch(set.playlist, { cache: "no-cache" }).then(function (answer) { return answer.json(); }).then(function (list) {
      if (list.format !== 1) return;
      document.querySelector(".alarms").replaceChildren.apply(document.querySelector(".alarms"), list.alerts.map(function (line) {
        var made = document.createElement("li");
        made.className = "alarm " + line.level + " " + line.exercise;
        made.dataset.until = line.until;
        [["strong", line.name], ["span", line.text], ["small", line.by + " " + line.since]].forEach(function (one) {
          var part = document.createElement(one[0]);
          part.textContent = one[1];
          made.append(part, " ");
        });
        return made;
      }));
    }).catch(function () { /* the next time */ }).then(function () { setTimeout(poll, Number(set.poll) * 1000); });
  }
  poll();
})();
