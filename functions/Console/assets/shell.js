// What is around every view: the menu, the language, and the way from an address to its view.
import { h } from "./dom.js";
import { t, language, speak } from "./words.js";
import { head, problem, announce } from "./ui.js";

const live = h("div", { id: "live", class: "unseen", role: "status", "aria-live": "polite" });
const toasts = h("div", { id: "toasts", role: "region", "aria-label": t("console.messages") });

const switcher = () => h("div", { class: "languages", role: "group", "aria-label": t("console.language") },
  [["en", "English"], ["es", "Español"]].map(([key, text]) => h("button", { type: "button", lang: key, class: "plain small", "aria-pressed": String(key === language), onclick: () => speak(key) }, text)));

/** Ends what listens for the page that was there before. */
let present = new AbortController();
function begin() {
  present.abort();
  present = new AbortController();
  return present.signal;
}

/** A page without a menu, such as the one that signs in. */
export function showAlone(...children) {
  begin();
  document.body.className = "alone";
  document.body.replaceChildren(h("main", { id: "content", tabindex: "-1" }, children, switcher()), live, toasts);
  const title = document.querySelector("h1");
  document.title = `${title.textContent} · ${document.body.dataset.name}`;
}

/** The address in parts: "#/links/a?status=opened" is { path: "links/a", query: { status: "opened" } }. */
function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** The address of a view. */
export function to(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "" && value !== false);
  return `#/${path}${given.length === 0 ? "" : `?${new URLSearchParams(given)}`}`;
}

export const go = (path, query) => { location.hash = to(path, query); };

/** The view's parameters where the path fits the pattern "links/:id"; else null. */
function match(pattern, path) {
  const names = pattern.split("/");
  const parts = path.split("/");
  if (names.length !== parts.length) return null;
  const found = {};
  for (const [place, part] of names.entries()) {
    if (part.startsWith(":")) {
      try { found[part.slice(1)] = decodeURIComponent(parts[place]); } catch { return null; }
    } else if (part !== parts[place]) return null;
  }
  return found;
}

/**
 * Draws the page and keeps to the address.
 * brand: nodes beside the name; menu: [[text, path]]; routes: { pattern: view }; foot: nodes below the menu.
 * A view gets { params, query, signal, refresh } and answers with nodes, the first of which has the title.
 */
export function start({ brand, menu, routes, foot = [] }) {
  const over = begin();
  document.body.className = "console";
  const items = (label) => h("nav", { "aria-label": label }, h("ul", {}, menu.map(([text, path]) => h("li", {}, h("a", { href: to(path), "data-path": path }, text)))));
  const drawer = h("details", { class: "drawer" }, h("summary", {}, t("console.menu")),
    h("div", { class: "sheet" }, items(t("console.menu")), h("div", { class: "drawer-foot" }, foot.map((make) => make()), switcher())));
  const main = h("main", { id: "content", tabindex: "-1" });
  document.body.replaceChildren(
    h("a", { class: "skip", href: "#content", onclick: (event) => { event.preventDefault(); main.focus(); } }, t("console.skip")),
    h("header", { class: "top" }, brand(), drawer),
    h("div", { class: "columns" }, h("aside", { class: "side", "aria-label": document.body.dataset.name }, brand(), items(t("console.sections")), h("div", { class: "side-foot" }, foot.map((make) => make()), switcher())), main),
    live, toasts);

  let under = null;
  let shown = null;

  async function draw() {
    const { path, query } = here();
    under?.abort();
    const mine = (under = new AbortController());
    drawer.open = false;
    // A dialog belongs to the view that it was opened on.
    if (shown !== path) for (const left of document.querySelectorAll("dialog[open]")) left.close();
    const section = path.split("/")[0];
    for (const item of document.querySelectorAll("[data-path]")) {
      if (item.dataset.path.split("/")[0] === section) item.setAttribute("aria-current", "page"); else item.removeAttribute("aria-current");
    }
    const patient = setTimeout(() => { main.setAttribute("aria-busy", "true"); if (shown === null) main.replaceChildren(h("p", { class: "loading" }, t("console.loading"))); }, 150);
    let nodes;
    try {
      nodes = await view(path, { query, signal: mine.signal, refresh: draw });
    } catch (wrong) {
      if (mine.signal.aborted) return;
      nodes = [head({ title: t("console.failed") }), problem({ status: 0, details: [] }, draw)];
      console.error(wrong);
    } finally {
      clearTimeout(patient);
    }
    if (mine.signal.aborted) return;
    const kept = shown === path ? document.activeElement?.id : null;
    main.removeAttribute("aria-busy");
    main.replaceChildren(...[nodes].flat(9).filter(Boolean));
    main.dataset.view = path;
    const title = main.querySelector("h1");
    document.title = `${title.textContent} · ${document.body.dataset.name}`;
    if (shown !== path) scrollTo(0, 0);
    // The first view leaves the focus where the browser puts it; a filter keeps it; every other one begins at its title.
    const same = kept && document.getElementById(kept);
    if (same) same.focus(); else if (shown !== null) title.focus();
    if (shown !== null && shown === path) announce(title.textContent);
    shown = path;
  }

  function view(path, context) {
    for (const [pattern, show] of Object.entries(routes)) {
      const params = match(pattern, path);
      if (params) return show({ ...context, params });
    }
    return [head({ title: t("console.notFound") }), h("p", {}, t("console.notFoundText"))];
  }

  addEventListener("hashchange", draw, { signal: over });
  over.addEventListener("abort", () => under?.abort());
  if (!location.hash) history.replaceState(null, "", to(menu[0][1]));
  draw();
}
