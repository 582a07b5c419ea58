// Before the first paint: what the reader chose, as data-* of <html>. Nothing leaves this browser.
(function (root) {
  if ("noModule" in document.createElement("script")) root.classList.add("js"); // the scripts are modules
  try {
    var kept = JSON.parse(localStorage.getItem("jiyue-reading") || "{}");
    for (var key in kept) if (kept[key]) root.dataset[key] = kept[key];
  } catch (e) {}
})(document.documentElement);
