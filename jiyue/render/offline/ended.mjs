// The worker of a site that no longer declares `offline:`.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(end()));
