// Keeps the live part of a page fresh, opens Run now in a dialog, switches the theme. Every page works without it.
(function () {
  "use strict";
  var live = document.querySelector("#live[data-url]");
  var announcer = document.getElementById("announcer");
  var toggle = document.getElementById("live-toggle");
  var SLOWEST = 60000;
  var failures = 0, timer = null, busy = false;

  function stored(name) { try { return localStorage.getItem(name); } catch (error) { return null; } }
  function store(name, value) { try { localStorage.setItem(name, value); } catch (error) { /* private window */ } }
  var paused = stored("rota-live") === "off";

  function arm() {
    clearTimeout(timer);
    if (!live.dataset.url) { toggle.hidden = true; return; }
    var wait = Math.min(Number(live.dataset.every || 3000) * Math.pow(2, failures), SLOWEST) * (0.9 + Math.random() * 0.2);
    if (!paused && !document.hidden) { timer = setTimeout(refresh, wait); }
  }

  function swap(html) {
    var fresh = new DOMParser().parseFromString(html, "text/html").getElementById("live");
    if (!fresh) { throw new Error("no live part in the answer"); }
    if (fresh.innerHTML === live.innerHTML) { follow(fresh); return; }
    if (selecting()) { return; }
    var places = scrolled();
    var focused = document.activeElement && live.contains(document.activeElement) ? document.activeElement.id : "";
    var open = Array.prototype.map.call(live.querySelectorAll("details[open][id]"), function (d) { return d.id; });
    var before = live.querySelector("[data-announce]"), said = before ? before.textContent.trim() : "";
    live.replaceChildren.apply(live, Array.from(document.importNode(fresh, true).childNodes));
    follow(fresh);
    if (!places.some(function (place) { return place.id === "log-live"; })) { places.push({ id: "log-live", atEnd: true }); }
    places.forEach(scrollBack);
    open.forEach(function (id) { var d = document.getElementById(id); if (d) { d.open = true; } });
    if (focused && document.getElementById(focused)) { document.getElementById(focused).focus({ preventScroll: true }); }
    var after = live.querySelector("[data-announce]");
    if (after && after.textContent.trim() !== said) { announcer.textContent = after.textContent.replace(/\s+/g, " ").trim(); }
  }

  // What is read next, and how soon; a run that has ended is not read again.
  function follow(fresh) {
    ["url", "every"].forEach(function (name) {
      if (fresh.dataset[name]) { live.dataset[name] = fresh.dataset[name]; } else { delete live.dataset[name]; }
    });
  }

  // A reader who has scrolled up in a log stays there; one at its end sees what comes.
  function scrolled() {
    return Array.prototype.map.call(live.querySelectorAll("pre[id]"), function (log) {
      return { id: log.id, top: log.scrollTop, atEnd: log.scrollHeight - log.scrollTop - log.clientHeight < 8 };
    });
  }

  function scrollBack(place) {
    var log = document.getElementById(place.id);
    if (log) { log.scrollTop = place.atEnd ? log.scrollHeight : place.top; }
  }

  // Text that somebody is marking must not vanish under the mouse.
  function selecting() {
    var chosen = document.getSelection();
    return Boolean(chosen && !chosen.isCollapsed && live.contains(chosen.anchorNode));
  }

  function refresh() {
    if (busy || !live.dataset.url) { return; }
    busy = true;
    fetch(live.dataset.url, { headers: { "X-Rota-Live": "1" }, credentials: "same-origin", redirect: "error" })
      .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.text(); })
      .then(function (html) { failures = 0; swap(html); label(); })
      .catch(function () { failures += 1; label(); })
      .finally(function () { busy = false; arm(); });
  }

  function label() {
    toggle.textContent = paused ? "Updates: off" : failures ? "Updates: no answer, trying again" : "Updates: on";
    toggle.setAttribute("aria-pressed", String(!paused));
  }

  if (live && toggle) {
    toggle.hidden = false;
    label();
    scrollBack({ id: "log-live", atEnd: true });
    toggle.addEventListener("click", function () {
      paused = !paused;
      store("rota-live", paused ? "off" : "on");
      label();
      if (paused) { clearTimeout(timer); } else { refresh(); }
    });
    document.addEventListener("visibilitychange", function () {
      if (document.hidden) { clearTimeout(timer); } else if (!paused) { refresh(); }
    });
    arm();
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-dialog]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) { return; }
    event.preventDefault();
    fetch(link.href, { credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.text(); })
      .then(function (html) { show(html, link); })
      .catch(function () { window.location.href = link.href; });
  });

  function show(html, link) {
    var card = new DOMParser().parseFromString(html, "text/html").querySelector("[data-card]");
    if (!card) { window.location.href = link.href; return; }
    var dialog = document.createElement("dialog"), id = link.id;
    dialog.setAttribute("aria-labelledby", "card-title");
    dialog.append(document.importNode(card, true));
    document.body.append(dialog);
    dialog.addEventListener("close", function () {
      dialog.remove();
      var back = document.getElementById(id);
      if (back) { back.focus(); }
    });
    dialog.addEventListener("click", function (event) {
      if (event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
    });
    dialog.showModal();
  }

  var theme = document.getElementById("theme-toggle"), THEMES = ["system", "light", "dark"];
  if (theme) {
    var root = document.documentElement;
    var named = function () { theme.textContent = "Theme: " + (root.dataset.theme || "system"); };
    theme.hidden = false;
    named();
    theme.addEventListener("click", function () {
      var next = THEMES[(THEMES.indexOf(root.dataset.theme || "system") + 1) % THEMES.length];
      if (next === "system") { delete root.dataset.theme; } else { root.dataset.theme = next; }
      document.cookie = "rota_theme=" + next + ";path=/;max-age=31536000;samesite=lax";
      named();
    });
  }
})();
