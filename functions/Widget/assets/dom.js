import { t, split } from "./texts.js";
import { kept } from "./api.js";

/** An element. Text is always text: nothing that anybody typed becomes markup. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(9).filter((child) => child != null && child !== false));
  return element;
}

/** What was typed and not sent yet: outlives every redrawing and, but for a picture, a reload of this tab. */
export const drafts = kept.get("drafts") ?? {};

const keep = () => kept.set("drafts", { ...drafts, idImage: undefined });

/** Notes what was typed. */
export function draft(path, value) {
  drafts[path] = value;
  keep();
}

/** Drops drafts. */
export function drop(...paths) {
  for (const path of paths) delete drafts[path];
  keep();
}

/** Drops the drafts of what was sent. */
export function forget(sent, path = "") {
  for (const [name, value] of Object.entries(sent)) {
    drop(path + name);
    if (value && typeof value === "object") forget(value, `${path}${name}.`);
  }
}

const idOf = (path) => path.replaceAll(".", "-");

/** What is no text, but a name, a number or a term: a browser that translates the page leaves it as it is. */
export const exact = (...children) => h("span", { translate: "no" }, children);

/** A sentence whose values stay as they are. */
export const words = (key, values) => split(key).map((part) => (part.startsWith("{") ? exact(values[part.slice(1, -1)]) : part));

/** A labelled control whose hint and error it is described by. */
export function field(path, { label, hint, control = "input", options, value = "", ...attributes }) {
  const id = idOf(path);
  const described = [hint && `${id}-hint`, `${id}-error`].filter(Boolean).join(" ");
  const noted = () => { input.dataset.touched = ""; draft(path, input.value); clear(input); };
  const input = h(control, { id, name: path, "aria-describedby": described, ...attributes, oninput: noted },
    (options ?? []).map(([key, text, isExact]) => h("option", { value: key, translate: isExact && "no" }, text)));
  input.value = drafts[path] ?? value;
  if (path in drafts && drafts[path] !== value) input.dataset.touched = "";
  return h("div", { class: "field" }, h("label", { for: id }, label), hint && h("p", { class: "hint", id: `${id}-hint` }, hint), input, errorOf(id));
}

/** The place for what is wrong with a control. */
export const errorOf = (id) => h("p", { class: "error", id: `${id}-error`, hidden: true });

/** Takes back what was said of a control. */
export function clear(input) {
  input.removeAttribute("aria-invalid");
  const error = document.getElementById(`${input.id}-error`);
  if (error) { error.hidden = true; error.replaceChildren(); }
}

/** Shows what is wrong beside each control and leads to the first of them; true when something is. */
export function showErrors(form, errors) {
  let first = null;
  for (const [path, message] of Object.entries(errors)) {
    const input = form.querySelector(`#${CSS.escape(idOf(path))}`);
    const error = form.querySelector(`#${CSS.escape(idOf(path))}-error`);
    if (!input || !error) continue;
    input.setAttribute("aria-invalid", "true");
    error.replaceChildren(...[message].flat());
    error.hidden = false;
    first ??= input;
  }
  if (first) { first.focus(); say(t("invalid")); }
  return Boolean(first);
}

/** True while the person is typing into a form, or has typed what is not sent yet: nothing may take that away. */
export const isTyping = (view) => [...view.querySelectorAll("form input, form select")].some((input) =>
  "touched" in input.dataset || (input === document.activeElement && input.type !== "radio"));

/** Tells those who do not see the page. */
export const say = (text) => document.getElementById("live").replaceChildren(...[text].flat());

export const button = (text, onclick, kind = "", attributes = {}) => h("button", { type: onclick ? "button" : "submit", class: kind, onclick: onclick ?? (() => {}), ...attributes }, text);

const isOff = (element) => element.getAttribute("aria-disabled") === "true";

/** Buttons that cannot be pressed for now. Not disabled: that would take the focus away from whoever uses the keyboard. */
export const turnOff = (buttons) => { for (const element of buttons) element.setAttribute("aria-disabled", "true"); };
export const turnOn = (buttons) => { for (const element of buttons) element.removeAttribute("aria-disabled"); };

const rest = 500;

/** The second press of a double click is meant for what stood here before: what is new takes none until it has been seen for half a second. */
export function settle(fresh) {
  turnOff(fresh);
  for (const element of fresh) element.dataset.fresh = "";
  const show = () => { for (const element of fresh) delete element.dataset.fresh; turnOn(fresh); };
  // The second frame comes when the first one was painted, and a page that nobody sees paints none.
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(show, rest)));
}

/** Lets no press through to a button that is off, also not that of Enter in a field; a key that is held is no press. */
export function guard(view) {
  view.addEventListener("click", (event) => {
    if (!isOff(event.target.closest("button") ?? view)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  view.addEventListener("keydown", (event) => { if (event.repeat && event.key === "Enter") event.preventDefault(); }, true);
}

/** A form that is sent by a press on its button, which Enter in a field is, too: a frame without "allow-forms" sends none, and fires no submit event either. */
export const form = (send, ...children) => {
  const press = (event) => {
    if (event.target.closest("button")?.type !== "submit") return;
    event.preventDefault();
    send(element);
  };
  const element = h("form", { novalidate: true, onclick: press }, children);
  return element;
};

/** Rows of a term and what it is: an exact value, or nodes. */
export const list = (...rows) => h("dl", {}, rows.filter(Boolean).map(([term, value, kind]) =>
  h("div", { class: kind }, h("dt", {}, term), h("dd", {}, typeof value === "string" ? exact(value) : value))));
