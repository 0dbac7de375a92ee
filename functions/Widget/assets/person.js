import { h, field, form, button, list, drafts, exact, words, showErrors, say } from "./dom.js";
import { t, day } from "./texts.js";
import { shrink } from "./picture.js";
import { documents, isDocument } from "./numbers.js";

const mayBeEmpty = ["name.secondName", "name.secondLastName"];

// The others are the names of documents, in any language.
const isWord = (document) => ["PASSPORT", "DRIVERS_LICENSE"].includes(document);

const shown = ({ path, value }) => {
  if (path === "idType") return isWord(value) ? t(value) : exact(t(value));
  return value ? exact(path === "dob" ? day(value) : value) : t("empty");
};

/** What is held of the person and who gave it. */
export const held = (state) => state.fields.length > 0 && list(...state.fields.map((item) =>
  [t(item.path), [shown(item), h("span", { class: item.locked ? "lock" : "hint" }, item.source === "widget" ? t("yours") : words("from", { partner: state.partner.name }))]]));

function control(path, now = {}) {
  const label = t(path);
  if (path === "idType") return field(path, { label, control: "select", value: now.value ?? "CURP", required: true, options: documents.map((key) => [key, t(key), !isWord(key)]) });
  if (path === "dob") return field(path, { label, type: "date", value: now.value, required: true, autocomplete: "bday", min: "1900-01-01" });
  if (path === "idNumber") return field(path, { label, hint: now.value && words("keep", { value: now.value }), required: !now.value, autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
  const complete = { "name.firstName": "given-name", "name.secondName": "additional-name", "name.lastName": "family-name" }[path] ?? "off";
  return field(path, { label, value: now.value, hint: mayBeEmpty.includes(path) && t("none"), required: !mayBeEmpty.includes(path), autocomplete: complete });
}

/** The sentence on a number that is none of this document. */
const badNumber = (type) => (["CURP", "SSN", "ITIN"].includes(type) ? `bad.${type}` : "bad.idNumber");

/** The typed values as userData, or null after saying what is wrong with them. */
function collect(element, paths, state) {
  const errors = {};
  const userData = {};
  for (const path of paths) {
    const value = element.elements[path].value.trim();
    const keeps = path === "idNumber" && state.fields.some((item) => item.path === path);
    if (!value && !mayBeEmpty.includes(path)) {
      if (!keeps) errors[path] = t("required");
      continue;
    }
    if (path.startsWith("name.")) (userData.name ??= {})[path.slice(5)] = value;
    else userData[path] = value;
  }
  const type = userData.idType ?? state.fields.find((item) => item.path === "idType")?.value;
  if (userData.idNumber) {
    userData.idType ??= type;
    if (documents.includes(type) && !isDocument(type, userData.idNumber)) errors.idNumber = t(badNumber(type));
  }
  return showErrors(element, errors) ? null : userData;
}

/** The server's word on a field of what was sent, in the person's language. */
export const refused = (details, { idType }) => Object.fromEntries(details.map(({ field: name }) => {
  const path = name.replace(/^userData\./, "");
  if (path === "idNumber") return [path, t(badNumber(idType))];
  return [path, t(path.startsWith("name.") ? "bad.name" : `bad.${path}`)];
}));

const intro = (title, text) => [h("h1", {}, title), text && h("p", {}, text)];

export const known = ({ state, act, reach }) => [
  ...intro(t("known"), words("knownText", { partner: state.partner.name })),
  held(state),
  state.missing.length > 0 && h("p", { class: "note" }, words("knownMissing", { partner: state.partner.name })),
  button(t("continue"), () => act(reach), "primary"),
];

export const waiting = ({ state }) => [
  h("div", { class: "spin", "aria-hidden": "true" }),
  ...intro(words("waiting", { partner: state.partner.name }), t("waitingText")),
  held(state),
];

export const ask = ({ state, act, put }) => [
  ...intro(t("ask"), words(state.dataRequest?.status === "pending" ? "askLate" : "askText", { partner: state.partner.name })),
  form((element) => {
    const userData = collect(element, state.missing, state);
    if (userData) act(() => put(userData, element));
  }, state.missing.map((path) => control(path)), button(t("continue"), null, "primary")),
  state.fields.length > 0 && [h("h2", {}, words("knownText", { partner: state.partner.name })), held(state)],
];

/** The number and the date of birth cannot both be right: the person looks at them once more, and has the last word. */
export function doubt({ state, act, put, stand }) {
  const both = state.fields.filter((item) => state.doubts.includes(item.path));
  const open = both.filter((item) => !item.locked);
  return [
    ...intro(t("doubt"), t("doubtText")),
    held({ ...state, fields: both.filter((item) => item.locked) }),
    form((element) => {
      const userData = collect(element, open.map((item) => item.path), state);
      if (!userData) return;
      act(async () => {
        const answer = await put(userData, element);
        return answer.data?.doubts?.length ? { ok: false, looked: true, text: t("doubtLeft") } : answer;
      });
    }, open.map((item) => control(item.path, item)), button(t("correct"), null, "primary")),
    button(t("bothRight"), stand),
  ];
}

function picker(required) {
  const preview = h("img", { class: "preview", alt: t("preview"), hidden: true });
  const box = field("idImage", { label: required ? t("pick") : t("newPhoto"), hint: t("pickHint"), type: "file", accept: "image/jpeg,image/png,image/*" });
  const input = box.querySelector("input");
  // A large picture takes a while to become smaller: whoever sends it waits for that.
  const picked = { ready: null, get uri() { return drafts.idImage; }, problem: () => t(input.files[0] ? "badPicture" : "noPicture") };
  const show = () => {
    if (picked.uri) preview.src = picked.uri;
    preview.hidden = !picked.uri;
  };
  show();
  const take = async () => {
    // A draft, as what is typed: the view may be drawn anew before it is sent.
    drafts.idImage = input.files[0] ? await shrink(input.files[0]).catch(() => null) : null;
    show();
    if (!picked.uri && input.files[0]) showErrors(box, { idImage: picked.problem() });
  };
  input.addEventListener("change", () => { picked.ready = take(); });
  return { nodes: [box, preview], picked };
}

export function photo({ act, put }) {
  const { nodes, picked } = picker(true);
  return [
    ...intro(t("document"), t("documentText")),
    form((element) => {
      act(async () => {
        await picked.ready;
        if (!picked.uri) return { ok: false, shown: showErrors(element, { idImage: picked.problem() }) };
        say(t("sending"));
        return put({ idImage: picked.uri }, element);
      });
    }, nodes, button(t("send"), null, "primary")),
  ];
}

export const verify = ({ state, act, start }) => [
  ...intro(t("verify"), t("verifyText")),
  held(state),
  button(t("verifyStart"), () => act(start), "primary"),
];

export const verifying = () => [h("div", { class: "spin", "aria-hidden": "true" }), ...intro(t("verifying"), t("verifyingText"))];

export const review = () => [h("div", { class: "tick off", "aria-hidden": "true" }, "…"), ...intro(t("review"), t("reviewText"))];

/** A failed verification that nothing can be done about here: all that counts came from the partner. */
export const isFinal = (state) => state.fields.every((item) => item.locked) && state.idImage.locked && !state.cip.mayRetry;

export function rejected({ state, act, put, start }) {
  const open = state.fields.filter((item) => !item.locked);
  if (isFinal(state))
    return [h("div", { class: "tick off", "aria-hidden": "true" }, "!"), ...intro(t("rejected"), words("rejectedLocked", { partner: state.partner.name }))];
  const picture = state.idImage.locked ? null : picker(false);
  return [
    ...intro(t("rejected"), t("rejectedText")),
    form((element) => {
      const userData = collect(element, open.map((item) => item.path), state);
      if (!userData) return;
      act(async () => {
        await picture?.picked.ready;
        if (picture?.picked.uri) userData.idImage = picture.picked.uri;
        const answer = Object.keys(userData).length ? await put(userData, element) : { ok: true };
        return answer.ok ? start() : answer;
      });
    }, open.map((item) => control(item.path, item)), picture?.nodes, button(t("retry"), null, "primary")),
  ];
}

export const done = ({ state }) => [
  h("div", { class: "tick", "aria-hidden": "true" }, "✓"),
  ...intro(t("done"), words("doneText", { partner: state.partner.name })),
];
