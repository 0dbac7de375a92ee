// The operator's desk: signs in, then leads to its sections.
import { h, exact } from "./dom.js";
import { t, say } from "./words.js";
import { field, form, submit, button, notice, showErrors, link } from "./ui.js";
import { sentence } from "./api.js";
import { start, showAlone } from "./shell.js";
import { name, lastName, signIn, signOut, onEnd } from "./desk-session.js";
import { reviewsView, reviewView } from "./desk-reviews.js";
import { partnersView, partnerView, newPartnerView } from "./desk-partners.js";
import { mergesView, blockedView } from "./desk-identities.js";
import { deliveriesView, replayView, deadLettersView } from "./desk-deliveries.js";
import { auditView } from "./desk-audit.js";

say({
  "desk.signIn": ["Sign in to the desk", "Entrar al escritorio"],
  "desk.signInText": ["The key stays in this page's memory and is gone when you reload or close it.", "La clave se queda en la memoria de esta página y se pierde al recargarla o cerrarla."],
  "desk.key": ["Function key", "Clave de función"],
  "desk.keyHint": ["On your own machine without one, leave it empty.", "En tu propia máquina, si no hay ninguna, déjala vacía."],
  "desk.name": ["Your name or address", "Tu nombre o dirección"],
  "desk.nameHint": ["The audit log keeps it with everything you do.", "El registro lo guarda con todo lo que haces."],
  "desk.enter": ["Sign in", "Entrar"],
  "desk.signOut": ["Sign out", "Salir"],
  "desk.badKey": ["This key is wrong. Nothing was changed.", "Esta clave es incorrecta. No se cambió nada."],
  "desk.ended": ["The key was refused. Sign in again.", "La clave fue rechazada. Entra de nuevo."],
  "desk.signedOut": ["You are signed out, and the key is forgotten.", "Has salido y la clave se olvidó."],
  "desk.docs": ["Documentation", "Documentación"],
  "desk.title": ["Operator's desk", "Escritorio del operador"],
  "nav.reviews": ["Reviews", "Revisiones"], "nav.partners": ["Partners", "Socios"], "nav.merges": ["Merges", "Uniones"], "nav.blocked": ["Blocked accounts", "Cuentas bloqueadas"],
  "nav.deliveries": ["Failed deliveries", "Entregas fallidas"], "nav.deadLetters": ["Dead letters", "Mensajes muertos"], "nav.audit": ["Audit log", "Registro"],
});

const mark = () => h("span", { class: "mark", "aria-hidden": "true", translate: "no" }, "◆");

function ask(message) {
  const place = h("div", {}, message);
  showAlone(h("div", { class: "card" },
    h("div", { class: "brand" }, mark(), h("p", { class: "brand-name" }, t("desk.title"))),
    h("div", { class: "stack" },
      h("div", {}, h("h1", {}, t("desk.signIn")), h("p", { class: "lead" }, t("desk.signInText"))),
      form(async (values, element) => {
        if (!values.operator) { showErrors(element, [{ field: "operator", message: t("console.required") }]); return; }
        const answer = await signIn(values.functionKey, values.operator);
        if (answer.ok) { element.reset(); open(); return; }
        place.replaceChildren();
        showErrors(element, [{ field: "functionKey", message: answer.status === 401 ? t("desk.badKey") : sentence(answer) }]);
      }, place,
      field("functionKey", { label: t("desk.key"), hint: t("desk.keyHint"), type: "password", spellcheck: "false", autocapitalize: "none", maxlength: 200 }),
      field("operator", { label: t("desk.name"), hint: t("desk.nameHint"), value: lastName(), maxlength: 100 }), submit(t("desk.enter"))),
      h("p", { class: "hint" }, link(t("desk.docs"), "/docs/operators")))));
  document.getElementById("functionKey").focus();
}

function open() {
  start({
    brand: () => h("div", { class: "brand" }, mark(), h("p", { class: "brand-name" }, t("desk.title"), h("small", {}, exact(name() ?? "")))),
    menu: [[t("nav.reviews"), "reviews"], [t("nav.partners"), "partners"], [t("nav.merges"), "merges"], [t("nav.blocked"), "blocked"], [t("nav.deliveries"), "deliveries"], [t("nav.deadLetters"), "dead-letters"], [t("nav.audit"), "audit"]],
    foot: [
      () => h("a", { href: "/docs/operators" }, t("desk.docs")),
      () => button(t("desk.signOut"), () => { signOut(); ask(notice("good", t("desk.signedOut"))); }, "small"),
    ],
    routes: {
      "reviews": reviewsView,
      "reviews/:partnerId/:reference": reviewView,
      "partners": partnersView,
      "partners/new": newPartnerView,
      "partners/:partnerId": partnerView,
      "merges": mergesView,
      "blocked": blockedView,
      "deliveries": deliveriesView,
      "deliveries/:partnerId/replays/:replayId": replayView,
      "dead-letters": deadLettersView,
      "audit": auditView,
    },
  });
}

onEnd(() => ask(notice("warn", t("desk.ended"))));
ask();
