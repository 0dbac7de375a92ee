import { h, say, showErrors, forget, guard, settle, turnOff, turnOn } from "./dom.js";
import { t } from "./texts.js";
import { call, open, hasSession, kept } from "./api.js";
import * as person from "./person.js";
import * as transfer from "./transfer.js";

const view = document.getElementById("view");
const { link, origins } = document.body.dataset;
const closing = ["LINK_EXPIRED", "LINK_REVOKED", "LINK_COMPLETED", "RESOURCE_NOT_FOUND"];

let state = null;
let drawn = "";
let screen = "";
let place = kept.get("place") ?? "amount";
let closed = false;
let calls = 0;
let timer = 0;
let pause = 1000;
const local = { quote: kept.get("quote"), editing: false, requoted: false, cancelling: false, tooLate: false, skew: 0 };

/** Tells the page that embeds this one; each origin that is not its own hears nothing. */
function tell(type, more = {}) {
  if (window.parent === window) return;
  for (const origin of origins.split(" ").filter(Boolean)) window.parent.postMessage({ source: "m2m-widget", type, linkId: link, ...more }, origin);
}

/** Which view shows a state. The server decides the step; within it, what has been answered and pressed so far. */
function screenOf() {
  if (state.operation) return "receipt";
  if (state.step === "done") return "done";
  if (state.step === "amount") return place === "review" && local.quote && state.paymentMethod ? "review" : "amount";
  if (state.cip.status === "pending") return "verifying";
  if (state.cip.status === "needs_review") return "inReview";
  if (state.cip.status === "failed") return "rejected";
  if (state.status === "opened") return state.fields.length > 0 ? "known" : "arriving";
  if (state.step === "data") return state.dataRequest?.waiting ? "waiting" : "ask";
  return state.step === "document" ? "photo" : "verify";
}

const views = { ...person, inReview: person.review, arriving: person.waiting, amount: transfer.amount, review: transfer.review, receipt: transfer.receipt };
const phaseOf = { known: 0, arriving: 0, waiting: 0, ask: 0, photo: 1, verify: 1, verifying: 1, inReview: 1, rejected: 1, amount: 2, review: 3 };
const isWaiting = () => ["waiting", "arriving", "verifying"].includes(screen) || ["created", "processing"].includes(state.operation?.status);

function progress() {
  if (!(screen in phaseOf)) return null;
  const names = ["you", "identity", "amount", "confirm"].map((name, at) => [name, at]).slice(kept.get("short") ? 2 : 0, state.kycOnly ? 2 : 4);
  return h("ol", { class: "steps", "aria-label": t("phases") }, names.map(([name, at]) =>
    h("li", { class: at < phaseOf[screen] && "done", "aria-current": at === phaseOf[screen] && "step" }, t(name))));
}

function draw(focusId) {
  const next = screenOf();
  const { fields, missing, idImage, dataRequest, cip, paymentMethod, operation, returnUrl } = state;
  const key = JSON.stringify([next, fields, missing, idImage, dataRequest?.status, cip, paymentMethod, operation, returnUrl,
    next === "review" && local.quote.quoteId, local.editing, local.requoted, local.cancelling, local.tooLate]);
  if (key === drawn && !focusId) return;
  const moved = next !== screen;
  if (moved && screen === "waiting" && next !== "ask") say(t("arrived", { partner: state.partner.name }));
  const focused = document.activeElement?.id;
  [drawn, screen] = [key, next];
  view.replaceChildren(...[progress(), ...views[next](context)].flat(9).filter(Boolean));
  view.dataset.screen = next;
  settle(view.querySelectorAll("button"));
  const title = view.querySelector("h1");
  title.tabIndex = -1;
  document.title = title.textContent;
  if (moved) {
    title.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    tell("step", { step: state.step });
    pause = 1000;
    if (next === "arriving") context.reach();
  } else document.getElementById(focusId ?? focused)?.focus({ preventScroll: true });
}

function take(answer) {
  if (answer.ok && answer.data?.step) {
    state = answer.data;
    local.skew = new Date(state.serverTime) - Date.now();
    if (kept.get("short") === null) kept.set("short", state.step === "amount");
    alert(null);
    draw();
  } else if (closing.includes(answer.code)) close(answer.code);
  else if (answer.code === "OFFLINE") alert(t("offline"));
  return answer;
}

/** A link that is closed while it is open here. */
function close(code) {
  closed = true;
  clearTimeout(timer);
  screen = "closed";
  view.dataset.screen = code;
  const title = h("h1", { tabindex: "-1" }, t(code));
  view.replaceChildren(h("div", { class: "hero", "aria-hidden": "true" }), title, h("p", {}, t(code === "LINK_COMPLETED" ? "usedText" : "closedText")));
  document.title = title.textContent;
  title.focus();
  tell("closed", { reason: code });
}

function alert(text) {
  view.querySelector("#problem")?.remove();
  if (text) view.append(h("p", { id: "problem", class: "alert", role: "alert" }, text));
}

/** Does what was pressed, once: nothing else can be pressed meanwhile, and what was asked for before it does not count any more. */
async function act(work) {
  if (view.ariaBusy === "true" || closed) return;
  calls++;
  view.ariaBusy = "true";
  alert(null);
  const pressed = view.querySelectorAll("button");
  turnOff(pressed);
  try {
    const answer = await work();
    if (!answer.ok && !closed && answer.code !== "OFFLINE" && !answer.shown) alert(t("failed"));
  } finally {
    calls++;
    view.ariaBusy = null;
    turnOn(pressed);
    if (!closed) wait(state && isWaiting() ? 1000 : 4000);
  }
}

const context = {
  get state() { return state; },
  local,
  act,
  go(to) { place = to; kept.set("place", to); if (to !== "review") local.requoted = false; draw(); },
  redraw: (focusId) => draw(focusId),
  reach: async () => take(await call("POST", "step", { step: "cip" })),
  async put(userData, form, names = {}) {
    const answer = await call("PUT", "data", { userData });
    // What was sent is the server's; it need not linger here, too.
    if (answer.ok) forget(userData);
    take(answer);
    if (!answer.ok) {
      const own = Object.fromEntries(answer.details.map(({ field }) => names[field.replace(/^userData\./, "")]).filter(Boolean));
      answer.shown = showErrors(form, { ...person.refused(answer.details), ...own });
    }
    return answer;
  },
  async start() {
    const answer = await call("POST", "cip", {});
    if (!answer.ok && closing.includes(answer.code)) return take(answer);
    return take(await call("GET", "state"));
  },
  async quote(send) {
    const answer = await call("POST", "quote", { send });
    if (!answer.ok) return void take(answer);
    local.quote = answer.data;
    kept.set("quote", answer.data);
    return answer.data;
  },
  async confirm(quoteId) {
    const answer = await call("POST", "confirm", { quoteId });
    if (!answer.ok) return closing.includes(answer.code) ? take(answer) : answer;
    tell("completed", { operationId: answer.data.operationId });
    return take(await call("GET", "state"));
  },
  async cancel(operationId) {
    const answer = await call("POST", "cancel", { operationId });
    if (answer.ok) tell("cancelled", { operationId });
    const now = take(await call("GET", "state"));
    return answer.ok ? now : answer;
  },
};

function wait(at) {
  pause = at ?? pause;
  clearTimeout(timer);
  timer = setTimeout(look, pause);
}

/** Looks whether something has changed: often while the person waits, then ever less, and not at all in a hidden tab. */
async function look() {
  if (closed) return;
  if (!document.hidden && view.ariaBusy !== "true") {
    const before = calls;
    const answer = await call("GET", "state");
    if (before === calls) take(answer);
  }
  if (!closed) wait(Math.min(pause * 1.4, state && isWaiting() ? 5000 : 30_000));
}

async function begin() {
  const answer = hasSession() ? { ok: true } : await open();
  if (!answer.ok) { take(answer); return answer; }
  const now = take(await call("GET", "state"));
  return now;
}

document.addEventListener("visibilitychange", () => { if (!document.hidden && state && !closed) wait(0); });
guard(view);
settle(view.querySelectorAll("button"));
document.getElementById("continue")?.addEventListener("click", () => act(begin));
tell("ready");
if (hasSession()) act(begin);
