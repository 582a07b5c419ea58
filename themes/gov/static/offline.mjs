// A site that declares `offline:`: registers its service worker, offers a new version of it, lists the pages that are kept.
export async function wire(root) {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  const address = new URL(`${root}sw.js`, location).href;
  const mine = () => workers.controller?.scriptURL === address;
  const had = mine();
  list(new URL(root, location).href);
  const registration = await workers.register(address, { updateViaCache: "none" }).catch(() => {}); // none in a preview
  if (!registration) return;
  if (!had) (await workers.ready).active.postMessage(location.href); // the first page was read before there was a worker
  const offer = () => registration.waiting && mine() && ask(registration.waiting);
  offer();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
}

/** Ask once; the page is loaded again once, when the new worker has taken over. */
function ask(worker) {
  if (document.querySelector("[data-do=renew]")) return;
  const bar = Object.assign(document.createElement("p"), { className: "notice" });
  bar.setAttribute("role", "status");
  Object.assign(bar.style, { position: "sticky", bottom: "0", zIndex: "9" });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button" });
  button.dataset.do = "renew";
  button.textContent = _("点此刷新");
  button.addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage("renew");
  });
  bar.append(_("网站已更新"), " ", button);
  document.body.append(bar);
}

/** On the page theme/offline.html: the pages that are kept, and a button that clears them. */
async function list(base) {
  const place = document.querySelector("[data-do=kept]");
  if (!place) return;
  const ours = `jiyue ${base} `;
  const state = await (await (await caches.open(`${ours}facts`)).match(`${base}theme/offline.json`))?.text();
  const cache = await caches.open(`${ours}kept ${state}`);
  for (const { url } of (await cache.keys()).reverse()) {
    const { title } = new DOMParser().parseFromString(await (await cache.match(url)).text(), "text/html");
    const link = Object.assign(document.createElement("a"), { href: url, textContent: title.replace(/ - [^-]+$/, "") || url });
    place.append(document.createElement("li"));
    place.lastChild.append(link);
  }
  if (!place.children.length) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button" });
  button.textContent = _("清除留存的网页");
  button.addEventListener("click", async () => {
    for (const request of await cache.keys()) await cache.delete(request);
    place.replaceChildren();
    button.remove();
  });
  place.after(button);
}
