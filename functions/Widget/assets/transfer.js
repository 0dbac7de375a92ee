import { h, field, form, button, list, draft, drafts, drop, exact, words, showErrors } from "./dom.js";
import { whole, wayBack } from "./person.js";
import { t, money, number, moment, hour } from "./texts.js";
import { kept } from "./api.js";
import { readAmount } from "./amount.js";
import { compact, isClabe, isClabeLong } from "./numbers.js";
import { rules } from "./rules.js";

const { least, most } = rules.amount;
const patience = 350;

const total = (amount) => money(Math.round((amount.send + amount.fee) * 100) / 100, amount.currency.source);
const rate = (amount) => `1 ${amount.currency.source} = ${number(amount.rate)} ${amount.currency.destination}`;

/** What is wrong with a CLABE; null when nothing is. */
function clabeProblem(typed) {
  const digits = compact(typed);
  if (!digits) return t("required");
  if (!/^[0-9]*$/.test(digits)) return t("clabeOfDigits");
  if (!isClabeLong(typed)) return words("clabeLength", { count: digits.length });
  return isClabe(typed) ? null : t("badClabe");
}

// What the server may refuse of it, and beside which control that is said.
const refusals = {
  "paymentMethod.bankAccount.accountNumber": ["clabe", t("badClabe")],
  "paymentMethod.cash.provider": ["provider", t("badText")],
  "paymentMethod.cash.reference": ["reference", t("badText")],
};

/** How the person is paid; the number whole where they have asked for it. */
const named = (method, number) => method && [method.type === "cash" ? [t("cash"), " · ", exact(method.provider)] : t("bank_account"), " ", exact(number || method.masked)];

/** The same, with the button that shows the number. */
const namedWhole = (context) => {
  const method = context.state.paymentMethod;
  return [named(method, context.local.numbers?.payment), method.mayBeShown && whole("payment", t(method.type === "cash" ? "reference" : "account"), context)];
};

function methodInputs() {
  const parts = {
    bank_account: [field("clabe", { label: exact(t("clabe")), hint: t("clabeHint"), inputmode: "numeric", autocomplete: "off" })],
    cash: [field("provider", { label: t("provider"), hint: t("providerHint"), autocomplete: "off" }), field("reference", { label: t("reference"), autocomplete: "off" })],
  };
  const place = h("div");
  const choose = (type) => { draft("type", type); place.replaceChildren(...parts[type]); };
  const radio = (type) => h("label", { class: "choice" }, h("input", { type: "radio", name: "type", value: type, checked: (drafts.type ?? "bank_account") === type, onchange: () => choose(type) }), t(type));
  choose(drafts.type ?? "bank_account");
  return [radio("bank_account"), radio("cash"), place];
}

function collectMethod(element) {
  const value = (name) => element.elements[name].value.trim();
  if (value("type") === "cash") {
    const errors = Object.fromEntries(["provider", "reference"].filter((name) => !value(name)).map((name) => [name, t("required")]));
    return showErrors(element, errors) ? null : { type: "cash", cash: { provider: value("provider"), reference: value("reference") } };
  }
  const problem = clabeProblem(value("clabe"));
  if (problem) return showErrors(element, { clabe: problem }), null;
  return { type: "bank_account", bankAccount: { country: "MX", accountNumber: compact(value("clabe")) } };
}

export function amount(context) {
  const { state, act, put, quote, go, local } = context;
  const method = local.editing ? null : state.paymentMethod;
  const details = h("div", { "aria-live": "polite" });
  const show = (now) => details.replaceChildren(...(now ? [
    h("div", { class: "get" }, h("span", {}, t("theyGet")), h("strong", { translate: "no" }, money(now.amount.receive, now.amount.currency.destination))),
    list([t("youSend"), money(now.amount.send, now.amount.currency.source)], [t("rate"), rate(now.amount)], [t("fee"), money(now.amount.fee, now.amount.currency.source)], [t("pay"), total(now.amount), "total"]),
    h("p", { class: "hint" }, words("held", { time: hour(now.expiresAt) })),
  ] : [h("p", { class: "hint" }, t("quoting"))]));

  drafts.send ??= kept.get("send") ?? "100";
  const sum = field("send", { label: t("youSend"), value: drafts.send, inputmode: "decimal", autocomplete: "off" });
  const input = sum.querySelector("input");
  const box = h("div", { class: "sum" });
  input.replaceWith(box);
  box.append(input, h("span", { "aria-hidden": "true", translate: "no" }, "USD"));
  const read = () => readAmount(input.value, "USD");
  const typed = () => {
    const { amount: sum } = read();
    return sum >= least && sum <= most ? sum : null;
  };
  const wrong = () => {
    const { problem, large, small } = read();
    const range = { min: money(least, "USD"), max: money(most, "USD") };
    const doubt = { large: money(large, "USD"), small: money(small, "USD"), whole: number(large, false), cents: number(small, false) };
    const unreadable = { ...range, example: number(1234.5) };
    const sentence = problem === "doubt" ? words("doubtfulAmount", doubt) : problem === "unreadable" ? words("unreadableAmount", unreadable) : words("badAmount", range);
    return showErrors(element, { send: sentence });
  };
  const missed = () => {
    const word = h("p", { class: "alert", role: "alert" }, t("noQuote"));
    details.replaceChildren(word, button(t("retry"), ask));
    word.scrollIntoView({ block: "nearest" });
  };
  let timer = 0;
  const ask = async () => {
    const send = typed();
    if (send === null) { local.quote = null; details.replaceChildren(); return null; }
    if (local.quote?.amount.send !== send || new Date(local.quote.expiresAt) - local.skew <= Date.now()) {
      show(null);
      const answer = await quote(send);
      // An answer to what is no longer typed says nothing.
      if (typed() !== send) return null;
      if (!answer) {
        missed();
        return null;
      }
      kept.set("send", input.value);
    }
    show(local.quote);
    return local.quote;
  };
  input.addEventListener("input", () => { clearTimeout(timer); local.quote = null; timer = setTimeout(ask, patience); });

  const element = form((self) => {
    if (typed() === null) return void wrong();
    const userData = method ? null : collectMethod(self);
    if (!method && !userData) return;
    act(async () => {
      clearTimeout(timer);
      // Why there is none stands beside the amount.
      if (!(await ask())) return { ok: false, shown: true };
      if (userData) {
        const answer = await put({ paymentMethod: userData }, self, refusals);
        if (!answer.ok) return answer;
        drop("clabe", "provider", "reference");
      }
      local.editing = false;
      go("review");
      return { ok: true };
    });
  }, sum, details,
  method
    ? [h("h2", {}, t("where")), list([namedWhole(context), method.locked ? h("span", { class: "lock" }, words("methodFrom", { partner: state.partner.name })) : t("yours")]), !method.locked && button(t("change"), () => { local.editing = true; go("amount"); }, "quiet")]
    : h("fieldset", {}, h("legend", {}, t("where")), methodInputs()),
  button(t("continue"), null, "primary"));
  if (local.quote?.amount.send === typed()) show(local.quote); else setTimeout(ask);
  return [h("h1", {}, t("amountTitle")), h("p", {}, t("amountText")), element];
}

export function review(context) {
  const { state, act, quote, confirm, go, local } = context;
  const { amount: sums, expiresAt } = local.quote;
  const name = state.fields.filter((item) => item.path.startsWith("name.") && item.value).map((item) => item.value).join(" ");
  return [
    h("h1", {}, t("check")), h("p", {}, t("checkText")),
    local.requoted && h("p", { class: "note" }, t("requoted")),
    h("div", { class: "get" }, h("span", {}, t("theyGet")), h("strong", { translate: "no" }, money(sums.receive, sums.currency.destination))),
    list([t("to"), [exact(name), h("br"), namedWhole(context)]], [t("youSend"), money(sums.send, sums.currency.source)], [t("fee"), money(sums.fee, sums.currency.source)], [t("rate"), rate(sums)], [t("pay"), total(sums), "total"]),
    h("p", { class: "hint" }, words("held", { time: hour(expiresAt) })),
    state.partner.termsUrl && h("p", { class: "hint" }, words("accept"), " ", h("a", { href: state.partner.termsUrl, target: "_blank", rel: "noopener noreferrer" }, words("termsOf", { partner: state.partner.name }))),
    button(words("confirmNow", { amount: total(sums) }), () => act(async () => {
      const answer = await confirm(local.quote.quoteId);
      if (answer.ok || (answer.code !== "QUOTE_EXPIRED" && answer.status !== 404)) return answer;
      // Whoever confirms has seen the numbers: new ones are shown, not taken.
      if (!(await quote(sums.send))) return { ok: false, looked: true, text: t("noQuote") };
      local.requoted = true;
      go("review");
      return { ok: true };
    }), "primary"),
    button(t("back"), () => go("amount")),
  ];
}

/** Prints, or says that nothing does: some browsers within apps have no printer, and none tells. */
function print() {
  let heard = false;
  window.addEventListener("beforeprint", () => { heard = true; }, { once: true });
  window.print();
  setTimeout(() => {
    if (!heard) document.getElementById("print")?.replaceWith(h("p", { class: "note", role: "status" }, t("noPrint")));
  }, 500);
}

/** What has become of the money. It promises nothing of the partner, who has what was paid. */
function outcome({ state }) {
  const { status, amount: sums, operationId } = state.operation;
  return words(`text.${status}`, { partner: state.partner.name, number: operationId, total: total(sums), receive: money(sums.receive, sums.currency.destination) });
}

export function receipt(context) {
  const { state, act, cancel, local, redraw } = context;
  // By then the state is another one.
  const isCancelled = () => context.state.operation.status === "cancelled";
  const { operationId, status, amount: sums, createdAt, endedAt, payout, cancellable } = state.operation;
  const good = status !== "failed" && status !== "cancelled";
  const name = state.fields.filter((item) => item.path.startsWith("name.") && item.value).map((item) => item.value).join(" ");
  return [
    h("div", { class: good ? "tick" : "tick off", "aria-hidden": "true" }, good ? (status === "completed" ? "✓" : "→") : "×"),
    h("h1", {}, t(`receipt.${status}`)), h("p", {}, outcome(context)),
    local.tooLate && h("p", { class: "alert", role: "alert" }, t("tooLate")),
    // Of a transfer that is none any more nothing is received, and nothing was paid.
    good && h("div", { class: "get" }, h("span", {}, t(status === "completed" ? "received" : "theyGet")), h("strong", { translate: "no" }, money(sums.receive, sums.currency.destination))),
    list(
      payout && [t("to"), [exact(name), name && h("br"), ...named(payout)]],
      [t("youSend"), money(sums.send, sums.currency.source)], [t("fee"), money(sums.fee, sums.currency.source)], [t("rate"), rate(sums)],
      good && [t(status === "completed" ? "paid" : "pay"), total(sums), "total"],
      [t("status"), [t(`s.${status}`)]], [t("date"), moment(createdAt)], endedAt && [t(`at.${status}`), moment(endedAt)],
      [t("number"), operationId, "long"]),
    cancellable && (local.cancelling
      ? h("div", { role: "group", "aria-labelledby": "sure" }, h("p", { id: "sure", class: "alert", tabindex: "-1" }, t("cancelSure")),
          button(t("cancelYes"), () => act(() => cancel(operationId), isCancelled), "danger"),
          button(t("cancelNo"), () => { local.cancelling = false; redraw("cancel"); }))
      : button(t("cancel"), () => { local.cancelling = true; redraw("sure"); }, "", { id: "cancel" })),
    // A question has its answers and nothing else below it.
    !(cancellable && local.cancelling) && [button(t("print"), print, "", { id: "print" }), wayBack(context)],
  ];
}
