import { h, button, words, say, showErrors, drop, drafts, forget, guard, isTyping, settle, turnOff, turnOn } from "./dom.js";
import { t } from "./texts.js";
import { call, open, hasSession, kept } from "./api.js";
import { tell, tellHeight, framed } from "./frame.js";
import * as person from "./person.js";
import * as transfer from "./transfer.js";

const view = document.getElementById("view");
const { status } = document.body.dataset;
const closing = ["LINK_EXPIRED", "LINK_REVOKED", "LINK_COMPLETED", "RESOURCE_NOT_FOUND"];

let state = null;
let drawn = "";
let screen = "";
let place = kept.get("place") ?? "amount";
let closed = false;
let calls = 0;
let timer = 0;
let pause = 1000;
let reachIsDue = false;
let waitedLong = false;
// What is sent again as soon as there is a connection, as long as nothing else is typed or pressed.
let unsent = null;
const local = { quote: kept.get("quote"), numbers: null, editing: false, requoted: false, cancelling: false, tooLate: false, stands: null, outcome: null, skew: 0 };

// Milliseconds: without a word, at most; with a check that is not over, before the person may go; to read how it ended.
const patience = 5000;
const checking = 10_000;
const farewell = 3000;

/** What the number and the date of birth are, as far as it is shown. */
const doubted = () => JSON.stringify(state.fields.filter((item) => state.doubts.includes(item.path)));

/** True before anything is verified or sent of what cannot all be right, until the person has said that it stands. */
const isDoubtful = () => ["document", "verify"].includes(state.step) && state.status !== "opened" && state.doubts.length > 0 && local.stands !== doubted();

/** Until the verification has begun, what the person gave can be corrected, and whoever is somebody else can say so. */
const mayTurn = () => ["data", "document", "verify"].includes(state.step) && !["pending", "needs_review", "failed"].includes(state.cip.status);

/** Which view shows a state. The server decides the step; within it, what has been answered and pressed so far. */
function screenOf() {
  if (state.operation) return "receipt";
  if (["edit", "stranger"].includes(place) && mayTurn()) return place;
  if (state.step === "done") return "done";
  if (state.step === "amount") return place === "review" && local.quote && state.paymentMethod ? "review" : "amount";
  if (state.cip.status === "pending") return "verifying";
  if (state.cip.status === "needs_review") return "inReview";
  if (isDoubtful()) return "doubt";
  if (state.cip.status === "failed") return "rejected";
  if (state.status === "opened") return state.fields.length > 0 ? "known" : "arriving";
  if (state.step === "data") return state.dataRequest?.waiting ? "waiting" : "ask";
  return state.step === "document" ? "photo" : "verify";
}

const views = { ...person, inReview: person.review, amount: transfer.amount, review: transfer.review, receipt: transfer.receipt };
const phaseOf = { known: 0, stranger: 0, edit: 0, arriving: 0, waiting: 0, ask: 0, doubt: 0, photo: 1, verify: 1, verifying: 1, inReview: 1, rejected: 1, amount: 2, review: 3 };
const isWaiting = () => ["waiting", "arriving", "verifying"].includes(screen) || ["created", "processing"].includes(state.operation?.status);

function progress() {
  if (!(screen in phaseOf)) return null;
  const names = ["you", "identity", "amount", "confirm"].map((name, at) => [name, at]).slice(kept.get("short") ? 2 : 0, state.kycOnly ? 2 : 4);
  return h("ol", { class: "steps", "aria-label": t("phases") }, names.map(([name, at]) =>
    h("li", { class: at < phaseOf[screen] && "done", "aria-current": at === phaseOf[screen] && "step" }, t(name))));
}

/** How a link for the verification alone has ended; null while the person has something to do, or soon may. */
function outcomeOf(next) {
  if (!state.kycOnly) return null;
  if (next === "rejected") return person.isFinal(state) ? "rejected" : null;
  return { done: "verified", inReview: "under_review", verifying: waitedLong ? "pending" : null }[next] ?? null;
}

/** The person has finished: the page around this one hears of it; without one, this page goes where the partner wished. */
function end() {
  tell("ended", local.outcome);
  setTimeout(() => { if (backUrl()) location.replace(backUrl()); }, farewell);
}

function backUrl() {
  if (framed || !state.returnUrl || !local.outcome) return null;
  try {
    const url = new URL(state.returnUrl);
    // The partner's own query stays as it is written: it may be signed.
    url.search += `${url.search ? "&" : "?"}kycStatus=${local.outcome}`;
    return url.href;
  } catch { return state.returnUrl; /* An app's own idea of an address. */ }
}

// A browser may keep a page from opening an app by itself, so that there is something to press.
const leaving = () => backUrl() && h("p", { class: "note" }, words("leaving", { partner: state.partner.name }), " ", h("a", { href: backUrl(), rel: "noreferrer" }, words("doneBack", { partner: state.partner.name })));

/** What a view depends on, as text: it is drawn anew when that changes. */
function contentOf(next) {
  const { fields, missing, idImage, cip, paymentMethod, operation, returnUrl } = state;
  return JSON.stringify([next, fields, missing, idImage, state.dataRequest?.isToCome, cip, paymentMethod, operation, returnUrl,
    next === "review" && local.quote.quoteId, local.editing, local.requoted, local.cancelling, local.tooLate, local.outcome, local.numbers]);
}

/** While the partner is asked and when it is not any more, the form is the same one: what is typed, and where, stays. */
const isSameForm = (next) => screen === "waiting" && next === "ask" && contentOf(next) === drawn.replace('["waiting"', '["ask"');

/** Shows what stands. What comes by itself is offered where the person is typing: nothing is taken out of their hands. */
function draw(focusId, byItself = false) {
  const next = screenOf();
  const outcome = local.outcome;
  local.outcome = outcomeOf(next);
  const key = contentOf(next);
  if (key === drawn && !focusId) return;
  if (isSameForm(next)) {
    [drawn, screen] = [key, next];
    view.dataset.screen = next;
    view.querySelector("#asking")?.replaceChildren(...person.asking(context).flat(9));
    say(words("askLate", { partner: state.partner.name }));
    return;
  }
  if (byItself && isTyping(view)) {
    offer();
    return;
  }
  const moved = next !== screen;
  // What was said belongs to the view that is left.
  if (moved) say(screen === "waiting" && next !== "ask" ? words("arrived", { partner: state.partner.name }) : "");
  const focused = view.contains(document.activeElement) ? document.activeElement.id || "none" : null;
  const problem = moved ? null : view.querySelector("#problem");
  if (moved) unsent = null;
  [drawn, screen] = [key, next];
  view.replaceChildren(...[progress(), ...views[next](context), leaving(), problem].flat(9).filter(Boolean));
  view.dataset.screen = next;
  settle(view.querySelectorAll("button"));
  const title = view.querySelector("h1");
  title.tabIndex = -1;
  document.title = title.textContent;
  if (moved) {
    const target = focusId && document.getElementById(focusId);
    (target || title).focus({ preventScroll: !target });
    if (!target) window.scrollTo(0, 0);
    tell("step", state.step);
    pause = 1000;
    reachIsDue = next === "arriving";
    waitedLong = false;
    if (next === "verifying") setTimeout(() => { waitedLong = screen === "verifying"; draw(); }, checking);
  } else if (focusId ?? focused) (document.getElementById(focusId ?? focused) ?? title).focus({ preventScroll: true });
  if (local.outcome && !outcome) end();
}

/** Says that something has come, over the form that is being filled in. */
function offer() {
  if (view.querySelector("#offer")) return;
  const isAnswer = state.dataRequest?.status === "fulfilled";
  const more = button(t(isAnswer ? "useThem" : "showIt"), () => draw(null), "", { id: "take" });
  const text = isAnswer ? words("offered", { partner: state.partner.name }) : t("changed");
  const place = h("div", { id: "offer", class: "note" }, h("p", { role: "status" }, text), more);
  // It says how things stand now.
  if (view.querySelector("#asking")) view.querySelector("#asking").replaceWith(place);
  else view.querySelector("form").before(place);
  settle([more]);
}

function take(answer, quiet = false) {
  if (answer.ok && answer.data?.step) {
    const before = state;
    state = answer.data;
    local.skew = new Date(state.serverTime) - Date.now();
    if (kept.get("short") === null) kept.set("short", state.step === "amount");
    mention("offline");
    if (!quiet) draw(null, !isBusy());
    const [was, is] = [before?.operation, state.operation];
    if (before && is && !was) tell("completed", is.operationId);
    if (was && is.status === "cancelled" && was.status !== "cancelled") tell("cancelled", is.operationId);
  } else if (closing.includes(answer.code)) close(answer.code);
  return answer;
}

/** Looks at what stands, and shows it. */
const refresh = async () => ({ ...take(await call("GET", "state")), looked: true });

/** A link that is closed while it is open here. */
function close(code) {
  closed = true;
  unsent = null;
  clearTimeout(timer);
  drop(...Object.keys(drafts));
  screen = "closed";
  view.dataset.screen = code;
  const title = h("h1", { tabindex: "-1" }, t(code));
  const back = state && person.wayBack(context);
  view.replaceChildren(...[h("div", { class: "hero", "aria-hidden": "true" }), title, h("p", {}, words(`do.${code}`, { partner: document.querySelector(".name").textContent })), back].filter(Boolean));
  document.title = title.textContent;
  title.focus();
  tell("closed", code, t(code));
}

/** Says something below the view, or takes back what was said; a view that has no button gets one to go on with. */
function mention(id, text, again) {
  view.querySelector(`#${id}`)?.remove();
  if (!text) return;
  const bad = id === "problem";
  const more = again && !view.querySelector("button") ? [button(t("retry"), again)] : [];
  const place = h("div", { id }, h("p", { class: bad ? "alert" : "note", role: bad ? "alert" : "status" }, text), more);
  view.append(place);
  settle(more);
  if (id !== "offline") place.scrollIntoView({ block: "nearest" });
}

const isBusy = () => view.hasAttribute("aria-busy");

/** What was sent without an answer is sent again by itself, until the person types or presses something else. */
function sendLater(again) {
  unsent = again;
  mention("problem", t("unsent"), again);
  const change = () => {
    view.removeEventListener("input", change);
    if (unsent !== again) return;
    unsent = null;
    mention("problem", t("unsure"), again);
  };
  view.addEventListener("input", change);
}

/**
 * Does what was pressed, once: nothing else can be pressed meanwhile, and what was asked for before it does not count any more. It always has an end that says something:
 * another view, or a word. Where the answer is none, or a refusal, what stands is looked at: it may be just what was wished for.
 */
async function act(work, stands = () => false) {
  if (isBusy() || closed) return;
  calls++;
  unsent = null;
  const again = () => act(work, stands);
  view.setAttribute("aria-busy", "true");
  for (const id of ["problem", "offline"]) mention(id);
  const pressed = view.querySelectorAll("button");
  turnOff(pressed);
  const slow = setTimeout(() => mention("slow", t("slow")), patience);
  try {
    const answer = await work();
    if (answer.ok || answer.shown || closed) return;
    const before = screen;
    if (!answer.looked && hasSession()) await refresh();
    if (closed || screen !== before || stands()) return;
    if (answer.unsure && answer.mayRepeat) sendLater(again);
    else mention("problem", answer.text ?? t(answer.unsure ? "unsure" : "failed"), again);
  } catch (fault) {
    mention("problem", t("failed"), again);
    throw fault;
  } finally {
    calls++;
    clearTimeout(slow);
    mention("slow");
    view.removeAttribute("aria-busy");
    turnOn(pressed);
    if (!closed) wait(state && isWaiting() ? 1000 : 4000);
  }
}

const context = {
  get state() { return state; },
  local,
  act,
  go(to, focusId) { place = to; kept.set("place", to); if (to !== "review") local.requoted = false; draw(focusId); },
  redraw: (focusId) => draw(focusId),
  async reach() {
    reachIsDue = false;
    return take(await call("POST", "step", { step: "cip" }));
  },
  /** Sends what was typed; quietly where more is to follow before anything else is shown. */
  async put(userData, form, names = {}, quiet = false) {
    const answer = { ...await call("PUT", "data", { userData }), mayRepeat: true };
    // What was sent is the server's; it need not linger here, too.
    if (answer.ok) forget(userData);
    if (answer.ok) local.numbers = null;
    take(answer, quiet);
    if (!answer.ok && !answer.unsure) {
      const own = Object.fromEntries(answer.details.map(({ field }) => names[field.replace(/^userData\./, "")]).filter(Boolean));
      answer.shown = showErrors(form, { ...person.refused(answer.details, userData), ...own });
    }
    return answer;
  },
  /** The numbers that the person has typed by this link, whole. */
  async numbers() {
    const answer = await call("GET", "numbers");
    if (answer.ok) local.numbers = answer.data;
    return answer;
  },
  /** Within a frame, the page around it has the way back; null where there is none around. */
  leave: framed && document.body.dataset.protocol === "m2m" ? () => {
    tell("exit");
    setTimeout(() => mention("problem", t("closeIt")), patience / 5);
  } : null,
  stand() { local.stands = doubted(); draw(); },
  async start() {
    // What was corrected for it may be in doubt, which is asked first.
    if (isDoubtful()) return { ok: true };
    const answer = await call("POST", "cip", {});
    return answer.ok ? refresh() : answer;
  },
  /** The quote, or null where there is none for now. */
  async quote(send) {
    const answer = await call("POST", "quote", { send });
    if (!answer.ok) {
      // A refusal may mean that the link has ended meanwhile.
      if (!answer.unsure) await refresh();
      return null;
    }
    local.quote = answer.data;
    kept.set("quote", answer.data);
    return answer.data;
  },
  async confirm(quoteId) {
    const answer = await call("POST", "confirm", { quoteId });
    if (answer.ok) return refresh();
    return answer.unsure ? { ...answer, text: t("unsureSend") } : answer;
  },
  async cancel(operationId) {
    const answer = await call("POST", "cancel", { operationId });
    local.cancelling = false;
    local.tooLate = answer.code === "OPERATION_NOT_CANCELLABLE";
    if (answer.ok || local.tooLate) return refresh();
    return answer.unsure ? { ...answer, text: t("unsureCancel") } : answer;
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
  if (!document.hidden && !isBusy()) {
    const before = calls;
    const answer = await call("GET", "state");
    if (before === calls && !closed) {
      take(answer);
      if (answer.unsure && !view.querySelector("#problem")) mention("offline", t("offline"), () => wait(0));
      if (answer.ok && unsent) await unsent();
      if (reachIsDue) await act(context.reach);
    }
  }
  if (!closed) wait(Math.min(pause * 1.4, state && isWaiting() ? 5000 : 30_000));
}

async function begin() {
  const answer = hasSession() ? { ok: true } : await open();
  if (!answer.ok) return take(answer);
  const now = await refresh();
  return screen === "arriving" ? context.reach() : now;
}

/** The page as it came, with its button: what can be said without asking. */
function start() {
  tell("loading");
  guard(view);
  settle(view.querySelectorAll("button"));
  // A frame without an origin of its own may ask nobody for anything: not even a button would help.
  if (self.origin === "null") {
    view.querySelector("form")?.remove();
    mention("problem", t("sandboxed"));
    return;
  }
  tell("ready");
  tellHeight();
  const reason = { expired: "LINK_EXPIRED", revoked: "LINK_REVOKED" }[status];
  if (reason) {
    closed = true;
    tell("closed", reason, t(reason));
    return;
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && state && !closed) wait(0); });
  window.addEventListener("online", () => { if (state && !closed) wait(0); });
  document.getElementById("continue")?.addEventListener("click", (event) => { event.preventDefault(); act(begin); });
  // Continue was pressed before this script was there: the browser has opened the link by itself, and come back.
  const pressed = location.hash === "#opened" && status !== "created";
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  if (hasSession() || pressed) act(begin);
}

start();
