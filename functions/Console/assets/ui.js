// What the pages are made of.
import { h, exact, newId } from "./dom.js";
import { t, name, number, language } from "./words.js";
import { sentence } from "./api.js";

/** Tells those who do not see the page. */
export function announce(text) {
  const live = document.getElementById("live");
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

/** A short message in the corner that goes by itself; it is announced, too. */
export function toast(text) {
  const place = document.getElementById("toasts");
  const note = h("p", { class: "toast" }, text);
  place.append(note);
  announce(text);
  setTimeout(() => note.remove(), 6000);
}

const isOff = (element) => element.getAttribute("aria-disabled") === "true";

/**
 * A button. While what it does is under way it takes no second press; it is not disabled, which would take the focus
 * away from whoever uses the keyboard.
 */
export function button(text, act, kind = "", attributes = {}) {
  const element = h("button", { type: "button", class: kind, ...attributes }, text);
  element.addEventListener("click", async (event) => {
    event.preventDefault();
    if (isOff(element)) return;
    element.setAttribute("aria-disabled", "true");
    try { await act?.(event); } finally { element.removeAttribute("aria-disabled"); }
  });
  return element;
}

export const link = (text, href, kind) => h("a", { href, class: kind }, text);

/** A link to another site or page, in a tab of its own. */
export const away = (text, href, kind) => h("a", { href, class: kind, target: "_blank", rel: "noopener noreferrer" }, text, h("span", { class: "away", "aria-hidden": "true" }, "↗"));

/** A value of a closed set, in a colour that only repeats what the word says. */
export const badge = (text, tone = "quiet") => h("span", { class: `badge ${tone}` }, text);
export const state = (set, value, tones) => badge(name(set, value), tones[value] ?? "quiet");

export const mono = (text) => h("code", { translate: "no" }, text);

async function copy(text, element) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Only pages over TLS may use the clipboard: select it, so that the keys can.
    const field = h("textarea", { class: "unseen", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    element.focus();
  }
  const before = element.textContent;
  element.textContent = t("console.copied");
  announce(t("console.copied"));
  setTimeout(() => { element.textContent = before; }, 2000);
}

export function copyButton(text, what) {
  const element = button(t("console.copy"), () => copy(text, element), "small", what ? { "aria-label": t("console.copyWhat", { what }) } : {});
  return element;
}

/** An id or an address with a button that copies it. */
export const copyable = (text, what) => h("span", { class: "copyable" }, mono(text), copyButton(text, what));

/** Code, or a body, with a button that copies it. */
export function block(text, { label, update } = {}) {
  const code = h("code", { translate: "no" }, text);
  const pre = h("pre", { tabindex: "0" }, code);
  const element = button(t("console.copy"), () => copy(code.textContent, element), "small", { "aria-label": t("console.copyWhat", { what: label ?? "" }).trim() });
  update?.((other) => { code.textContent = other; });
  return h("div", { class: "block" }, h("div", { class: "block-head" }, h("span", {}, label), element), pre);
}

export const json = (value, label) => block(JSON.stringify(value, null, 2), { label });

/** Rows of a term and its value; those without a value are left out. */
export const facts = (...rows) => h("dl", { class: "facts" }, rows.filter((row) => row && row[1] != null && row[1] !== "").map(([term, ...values]) =>
  h("div", {}, h("dt", {}, term), h("dd", {}, values))));

export const card = (title, ...children) => h("section", { class: "card" }, title && h("h2", {}, title), children);

/** Where there is nothing yet: what would stand here, and how it comes about. */
export const empty = (title, text, ...actions) => h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), h("p", {}, text), actions.length > 0 && h("div", { class: "actions" }, actions));

export const notice = (tone, ...children) => h("div", { class: `notice ${tone}`, role: tone === "bad" ? "alert" : null }, children);

/** An answer that is no success, with the way to ask once more. */
export const problem = (answer, retry) => notice("bad", h("p", {}, sentence(answer)),
  answer.details.length > 0 && h("ul", {}, answer.details.map((detail) => h("li", {}, exact(detail.field), " ", h("span", { lang: detail.lang }, detail.message)))),
  retry && button(t("console.retry"), retry, "small"));

/**
 * A table. Columns: { title, cell(row), kind }; "wide" is left out where there is little room, "number" is to the
 * right. The first column is what a row is called.
 */
export function table(caption, columns, rows) {
  const body = h("tbody", {}, rows.map((row) => tableRow(columns, row)));
  const element = h("table", {}, h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.kind }, column.title)))), body);
  const region = h("div", { class: "scroll" }, element);
  region.rows = body;
  return keepReachable(region, caption);
}

const tableRow = (columns, row) => h("tr", {}, columns.map((column, place) =>
  (place === 0 ? h("th", { scope: "row", class: column.kind }, column.cell(row)) : h("td", { class: column.kind }, column.cell(row) ?? "–"))));

/** What can be scrolled must be reachable by keyboard, and only then. */
function keepReachable(region, label) {
  new ResizeObserver(() => {
    const scrolls = region.scrollWidth > region.clientWidth;
    for (const [attribute, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", label]]) {
      if (scrolls) region.setAttribute(attribute, value); else region.removeAttribute(attribute);
    }
  }).observe(region);
  return region;
}

/**
 * A list that comes in parts: its table, how much of it is shown, and the button for more.
 * load(cursor) answers { items, next, total } or { answer } that is no success.
 */
export async function longTable({ caption, columns, load, none }) {
  const first = await load();
  if (first.answer) return problem(first.answer);
  if (first.items.length === 0 && !first.next) return none;
  const region = table(caption, columns, first.items);
  const status = h("p", { class: "shown", role: "status" });
  let shown = first.items.length;
  let { next, total } = first;
  const tell = () => { status.textContent = next && total ? t("console.shownOf", { shown: number(shown), total: number(total) }) : t("console.shown", { shown: number(shown) }); };
  const more = button(t("console.more"), async () => {
    const part = await load(next);
    if (part.answer) { toast(sentence(part.answer)); return; }
    const rows = part.items.map((row) => tableRow(columns, row));
    region.rows.append(...rows);
    shown += rows.length;
    next = part.next;
    tell();
    rows[0]?.querySelector("a, button")?.focus();
    if (!next) more.remove();
  });
  tell();
  return h("div", { class: "long" }, region, h("div", { class: "foot" }, status, next && more));
}

/** A labelled control with its hint and its error. */
export function field(id, { label, hint, control = "input", options, value = "", check = false, ...attributes }) {
  const described = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const input = h(control, { id, name: id, "aria-describedby": described, ...(check ? { type: "checkbox" } : {}), autocomplete: "off", ...attributes, oninput: () => clear(input) },
    (options ?? []).map(([key, text]) => h("option", { value: key }, text)));
  if (check) input.checked = Boolean(value);
  else if (control !== "select" || options.some(([key]) => key === value)) input.value = value;
  const parts = [hint && h("p", { class: "hint", id: `${id}-hint` }, hint), h("p", { class: "error", id: `${id}-error`, hidden: true })];
  return check
    ? h("div", { class: "field check" }, h("label", { for: id }, input, h("span", {}, label)), parts)
    : h("div", { class: "field" }, h("label", { for: id }, label), parts[0], input, parts[1]);
}

function clear(input) {
  input.removeAttribute("aria-invalid");
  const error = document.getElementById(`${input.id}-error`);
  if (error) { error.hidden = true; error.textContent = ""; }
}

/** Shows what is wrong beside each control and leads to the first of them; what has no control is left for others. */
export function showErrors(form, details) {
  const left = [];
  let first = null;
  for (const { field: path, message, lang } of details) {
    const input = form.querySelector(`#${CSS.escape(path)}`);
    const error = form.querySelector(`#${CSS.escape(path)}-error`);
    if (!input || !error) { left.push({ field: path, message, lang }); continue; }
    input.setAttribute("aria-invalid", "true");
    error.textContent = message;
    error.lang = lang ?? language;
    error.hidden = false;
    first ??= input;
  }
  if (first) { first.focus(); announce(t("console.invalid")); }
  return left;
}

/** A form: Enter and its submit button send it. The send gets the values by name. */
export function form(send, ...children) {
  const element = h("form", { novalidate: true }, children);
  let busy = false;
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    const buttons = [...element.querySelectorAll("button[type=submit]")];
    for (const one of buttons) one.setAttribute("aria-disabled", "true");
    try { await send(valuesOf(element), element); } finally {
      busy = false;
      for (const one of buttons) one.removeAttribute("aria-disabled");
    }
  });
  return element;
}

export const submit = (text, kind = "primary") => h("button", { type: "submit", class: kind }, text);

export function valuesOf(element) {
  const values = {};
  for (const input of element.querySelectorAll("input, select, textarea")) values[input.name] = input.type === "checkbox" ? input.checked : input.value.trim();
  return values;
}

/** A question or a form above the page. It ends with Escape, and the focus goes back to where it was; `ended` is called then. */
export function dialog(title, make, ended) {
  const label = newId("dialog");
  const element = h("dialog", { "aria-labelledby": label });
  const before = document.activeElement;
  const close = () => element.close();
  element.append(h("h2", { id: label, tabindex: "-1" }, title), ...[make(close)].flat());
  element.addEventListener("close", () => { element.remove(); before?.focus?.(); ended?.(); });
  document.body.append(element);
  element.showModal();
  element.querySelector("[autofocus]")?.focus();
  return close;
}

/** A question with one dangerous answer. The act ends the dialog unless it returns a problem. */
export const confirm = (title, text, action, act, { kind = "danger", more } = {}) => dialog(title, (close) => {
  const place = h("div");
  return [h("div", {}, text), more, place, h("div", { class: "actions" },
    button(action, async () => { const wrong = await act(); if (wrong) place.replaceChildren(problem(wrong)); else close(); }, kind),
    button(t("console.cancel"), close, ""))];
});

/** Pages that belong together: a line of links, of which one is the present one. */
export const tabs = (label, present, pages) => h("nav", { class: "tabs", "aria-label": label }, h("ul", {}, pages.map(([key, text, href]) =>
  h("li", {}, h("a", { href, "aria-current": key === present && "page" }, text)))));

/** What stands above a page: where it is, its title, what can be done. */
export const head = ({ title, crumbs = [], badge: mark, lead, actions = [] }) => h("header", { class: "head" },
  crumbs.length > 0 && h("nav", { class: "crumbs", "aria-label": t("console.where") }, crumbs.map(([text, href]) => h("a", { href }, text))),
  h("div", { class: "title" }, h("h1", { tabindex: "-1" }, title), mark, actions.length > 0 && h("div", { class: "actions" }, actions)),
  lead && h("p", { class: "lead" }, lead));

/** Filters of a list: they stand in the address, so that a list can be kept and sent. */
export function filters(fields, { present, go }) {
  const isSet = fields.some(([id]) => present[id]);
  const element = form((values) => go(values), h("div", { class: "filters" },
    fields.map(([id, options]) => field(id, { ...options, value: present[id] ?? "" })),
    h("div", { class: "filter-actions" }, submit(t("console.apply"), ""), isSet && button(t("console.reset"), () => go({}), "plain"))));
  for (const input of element.querySelectorAll("select")) input.addEventListener("change", () => element.requestSubmit());
  return element;
}
