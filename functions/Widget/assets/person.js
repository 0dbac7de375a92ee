import { h, field, form, button, list, draft, drafts, errorOf, exact, words, showErrors, clear, say } from "./dom.js";
import { t, day } from "./texts.js";
import { shrink } from "./picture.js";
import { documents, isDocument } from "./numbers.js";

const mayBeEmpty = ["name.secondName", "name.secondLastName"];

// The others are the names of documents, in any language.
const isWord = (document) => ["PASSPORT", "DRIVERS_LICENSE"].includes(document);

// The kind of document says what its number looks like, so it is asked for first.
const order = ["name.firstName", "name.secondName", "name.lastName", "name.secondLastName", "idType", "idNumber", "dob"];
const placeOf = (path) => order.indexOf(path) + 1 || order.length + 1;
const inOrder = (items, pathOf = (item) => item) => [...items].sort((one, other) => placeOf(pathOf(one)) - placeOf(pathOf(other)));

const shown = ({ path, value }) => {
  if (path === "idType") return isWord(value) ? t(value) : exact(t(value));
  return value ? exact(path === "dob" ? day(value) : value) : t("empty");
};

/** The button that shows a number whole, or no longer: of what the person has typed by this link. */
export const whole = (name, label, { local, act, numbers, redraw }) => {
  const id = `show-${name}`;
  const isShown = Boolean(local.numbers);
  const press = () => {
    if (!isShown) return act(async () => {
      const answer = await numbers();
      if (answer.ok) redraw(id);
      return answer;
    });
    local.numbers = null;
    redraw(id);
  };
  return button(t(isShown ? "hideNumber" : "showNumber"), press, "small", { id, "aria-label": t(isShown ? "hideNamed" : "showNamed", { name: label }), translate: null });
};

/** What is held of the person and who gave it. */
export function held(context, fields = context.state.fields) {
  const { state, local } = context;
  const rowOf = (item) => {
    const number = item.path === "idNumber" && local.numbers?.idNumber;
    const from = h("span", { class: item.locked ? "lock" : "hint" }, item.source === "widget" ? t("yours") : words("from", { partner: state.partner.name }));
    return [t(item.path), [shown(number ? { ...item, value: number } : item), item.mayBeShown && whole("idNumber", t("idNumber"), context), from]];
  };
  return fields.length > 0 && list(...inOrder(fields, (item) => item.path).map(rowOf));
}

/** The number's hint is about the kind of document that is chosen. */
function number(type, now) {
  const hint = (kind) => [t(["CURP", "SSN", "ITIN"].includes(kind) ? `hint.${kind}` : "hint.idNumber"), now.value ? [" · ", words("keep", { value: now.value })] : []].flat(9);
  const box = field("idNumber", { label: t("idNumber"), hint: hint(type), required: !now.value, autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
  return { box, about: (kind) => box.querySelector(".hint").replaceChildren(...hint(kind)) };
}

function control(path, now = {}) {
  const label = t(path);
  if (path === "dob") return field(path, { label, type: "date", value: now.value, required: true, autocomplete: "bday", min: "1900-01-01" });
  const complete = { "name.firstName": "given-name", "name.secondName": "additional-name", "name.lastName": "family-name" }[path] ?? "off";
  return field(path, { label, value: now.value, hint: mayBeEmpty.includes(path) && t("none"), required: !mayBeEmpty.includes(path), autocomplete: complete });
}

/** Controls for what is missing (paths), or can be changed (fields that are held). */
function controls(items, state) {
  const known = (path) => items.find((item) => item.path === path) ?? {};
  const paths = inOrder(items.map((item) => item.path ?? item));
  const typeNow = () => drafts.idType ?? state.fields.find((item) => item.path === "idType")?.value ?? "";
  const typed = number(typeNow(), known("idNumber"));
  return paths.map((path) => {
    if (path === "idNumber") return typed.box;
    if (path !== "idType") return control(path, known(path));
    const choices = [["", t("choose")], ...documents.map((key) => [key, t(key), !isWord(key)])];
    const box = field(path, { label: t(path), control: "select", value: known(path).value ?? "", required: true, options: choices });
    box.querySelector("select").addEventListener("input", () => typed.about(typeNow()));
    return box;
  });
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
      if (!keeps) errors[path] = t(path === "idType" ? "bad.idType" : "required");
      continue;
    }
    if (path.startsWith("name.")) (userData.name ??= {})[path.slice(5)] = value;
    else userData[path] = value;
  }
  const type = userData.idType ?? state.fields.find((item) => item.path === "idType")?.value;
  if (userData.idNumber && type) {
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

const tick = (sign, off) => h("div", { class: off ? "tick off" : "tick", "aria-hidden": "true" }, sign);

/** The way back to the partner: within a frame a word to the page around, else a link, where the partner has said whereto. */
export function wayBack({ state, leave }) {
  const text = words("backTo", { partner: state.partner.name });
  if (leave) return button(text, leave, "", { id: "leave" });
  return state.partner.returnUrl && h("a", { class: "button", id: "leave", href: state.partner.returnUrl, rel: "noreferrer" }, text);
}

const isOpen = (item) => !item.locked;

/** The button that leads to the correction of what the person may change; none where that is nothing. */
const correction = ({ state, go }) => (state.fields.some(isOpen) || (state.idImage.held && !state.idImage.locked)) && button(t("edit"), () => go("edit"), "", { id: "edit" });

export function known(context) {
  const { state, act, put, reach, go } = context;
  // Whether the partner may still answer: then it is waited for, and the person is not asked yet.
  const asks = state.missing.length > 0 && !state.dataRequest?.isToCome;
  const no = button(t("notMe"), () => go("stranger"), "", { id: "no" });
  const top = [...intro(t("known"), words("knownText", { partner: state.partner.name })), held(context)];
  if (!asks)
    return [...top, state.missing.length > 0 && h("p", { class: "note" }, words("knownMissing", { partner: state.partner.name })), button(t("continue"), () => act(reach), "primary"), correction(context), no];
  return [
    ...top,
    h("h2", {}, t("asked")), h("p", {}, t("askText")),
    form((element) => {
      const userData = collect(element, state.missing, state);
      if (userData) act(async () => {
        const answer = await put(userData, element, {}, true);
        return answer.ok ? reach() : answer;
      });
    }, controls(state.missing, state), button(t("continue"), null, "primary")),
    correction(context), no,
  ];
}

/** Somebody else's data: nothing of it is shown any longer, and the page says what to do. */
export const stranger = (context) => [
  tick("!", true),
  ...intro(t("stranger"), words("strangerText", { partner: context.state.partner.name })),
  h("ul", {}, ["strangerWrong", "strangerOther"].map((key) => h("li", {}, words(key, { partner: context.state.partner.name })))),
  wayBack(context),
  correction(context),
  button(t("itIsMe"), () => context.go("amount", "no")),
];

/** What the person may still change before it is verified, and the partner's word beside it. */
export function edit(context) {
  const { state, act, put, go } = context;
  const open = state.fields.filter(isOpen);
  const picture = state.idImage.held && !state.idImage.locked ? picker(false) : null;
  const locked = state.fields.filter((item) => item.locked);
  return [
    ...intro(t("editTitle"), t("askText")),
    form((element) => {
      const userData = collect(element, open.map((item) => item.path), state);
      if (!userData) return;
      act(async () => {
        await picture?.picked.ready;
        if (picture?.picked.uri) userData.idImage = picture.picked.uri;
        const answer = await put(userData, element, {}, true);
        if (answer.ok) go("amount");
        return answer;
      });
    }, controls(open, state), picture?.nodes, button(t("save"), null, "primary")),
    button(t("back"), () => go("amount", "edit")),
    locked.length > 0 && [h("h2", {}, words("lockedTitle", { partner: state.partner.name })), h("p", {}, words("lockedText", { partner: state.partner.name })), held(context, locked)],
  ];
}

export const arriving = ({ state }) => [
  h("div", { class: "spin", "aria-hidden": "true" }),
  ...intro(words("waiting", { partner: state.partner.name })),
];

/** How it stands with the partner's answer, over the form: it may change while the person types. */
export const asking = ({ state }) => {
  const partner = { partner: state.partner.name };
  if (state.dataRequest?.waiting) return [h("span", { class: "spin small", "aria-hidden": "true" }), h("span", {}, words("waiting", partner), " ", t("waitingText"))];
  return [h("span", {}, words(state.dataRequest?.status === "pending" ? "askLate" : "askText", partner))];
};

export const ask = (context) => {
  const { state, act, put } = context;
  return [
    ...intro(t("ask")),
    h("p", { id: "asking", class: state.dataRequest?.status === "pending" && "note" }, asking(context)),
    form((element) => {
      const userData = collect(element, state.missing, state);
      if (userData) act(() => put(userData, element));
    }, controls(state.missing, state), button(t("continue"), null, "primary")),
    state.fields.length > 0 && [h("h2", {}, words("knownText", { partner: state.partner.name })), held(context)],
  ];
};

/** While the partner is asked, the form can be begun. */
export const waiting = ask;

/** The number and the date of birth cannot both be right: the person looks at them once more, and has the last word. */
export function doubt(context) {
  const { state, act, put, stand } = context;
  const both = state.fields.filter((item) => state.doubts.includes(item.path));
  const open = both.filter(isOpen);
  return [
    ...intro(t("doubt"), t("doubtText")),
    held(context, both.filter((item) => item.locked)),
    form((element) => {
      const userData = collect(element, open.map((item) => item.path), state);
      if (!userData) return;
      act(async () => {
        const answer = await put(userData, element);
        return answer.data?.doubts?.length ? { ok: false, looked: true, text: t("doubtLeft") } : answer;
      });
    }, controls(open, state), button(t("correct"), null, "primary")),
    button(t("bothRight"), stand),
  ];
}

/** A picture of the document: the browser's own button speaks the browser's language, so the label is the button. */
function picker(required) {
  const preview = h("img", { class: "preview", alt: t("preview"), hidden: true });
  const label = h("label", { for: "idImage", class: "file" });
  const input = h("input", { id: "idImage", name: "idImage", type: "file", class: "unseen", accept: "image/jpeg,image/png,image/*", "aria-describedby": "idImage-hint idImage-error" });
  const box = h("div", { class: "field" }, h("p", { class: "hint", id: "idImage-hint" }, t("pickHint")), input, label, errorOf("idImage"));
  // A large picture takes a while to become smaller: whoever sends it waits for that.
  const picked = { ready: null, get uri() { return drafts.idImage; }, problem: () => t(input.files[0] ? "badPicture" : "noPicture") };
  const show = () => {
    if (picked.uri) preview.src = picked.uri;
    preview.hidden = !picked.uri;
    label.textContent = t(picked.uri ? "pickOther" : required ? "pick" : "newPhoto");
  };
  show();
  const take = async () => {
    clear(input);
    // A draft, as what is typed: the view may be drawn anew before it is sent.
    draft("idImage", input.files[0] ? await shrink(input.files[0]).catch(() => null) : null);
    show();
    if (!picked.uri && input.files[0]) showErrors(box, { idImage: picked.problem() });
  };
  input.addEventListener("change", () => { picked.ready = take(); });
  return { nodes: [preview, box], picked };
}

export function photo(context) {
  const { act, put } = context;
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
    correction(context),
  ];
}

export const verify = (context) => [
  ...intro(t("verify"), t("verifyText")),
  held(context),
  button(t("verifyStart"), () => context.act(context.start), "primary"),
  correction(context),
];

export const verifying = () => [h("div", { class: "spin", "aria-hidden": "true" }), ...intro(t("verifying"), t("verifyingText"))];

export const review = () => [tick("…", true), ...intro(t("review"), t("reviewText"))];

/** A failed verification that nothing can be done about here: all that counts came from the partner. */
export const isFinal = (state) => state.fields.every((item) => item.locked) && state.idImage.locked && !state.cip.mayRetry;

export function rejected(context) {
  const { state, act, put, start } = context;
  const open = state.fields.filter(isOpen);
  if (isFinal(state))
    return [tick("!", true), ...intro(t("rejected"), words("rejectedLocked", { partner: state.partner.name })), wayBack(context)];
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
    }, controls(open, state), picture?.nodes, button(t("retry"), null, "primary")),
  ];
}

export const done = (context) => [
  tick("✓"),
  ...intro(t("done"), words("doneText", { partner: context.state.partner.name })),
];
