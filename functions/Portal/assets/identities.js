// Identities: one account by a reference or an address, with all that belongs to it.
import { h, exact } from "./dom.js";
import { t, say, when } from "./words.js";
import { head, card, facts, empty, problem, notice, table, field, form, submit, showErrors, mono, badge, state, link } from "./ui.js";
import { call } from "./session.js";
import { reference, short } from "./shared.js";

say({
  "ids.title": ["Identities", "Identidades"],
  "ids.lead": ["The account that the references of one person share, in the identity API.", "La cuenta que comparten las referencias de una persona, en la API de identidades."],
  "ids.by": ["Search by", "Buscar por"],
  "ids.reference": ["Reference", "Referencia"],
  "ids.email": ["E-mail address", "Correo electrónico"],
  "ids.hint": ["An address goes in the body of the request, never in an address that is logged.", "Un correo va en el cuerpo de la solicitud, nunca en una dirección que se registra."],
  "ids.search": ["Search", "Buscar"],
  "ids.start": ["Look up a person", "Busca a una persona"],
  "ids.startText": ["By one of your references, or by an e-mail address that the person gave. Few searches a minute are allowed, since whether an address is known is itself an answer.", "Por una de tus referencias, o por un correo que dio la persona. Se permiten pocas búsquedas por minuto, porque saber si un correo existe ya es una respuesta."],
  "ids.guide": ["Guide to identities", "Guía de identidades"],
  "ids.none": ["Nobody is known by that.", "No se conoce a nadie con eso."],
  "ids.account": ["Account", "Cuenta"],
  "ids.state": ["Account", "Cuenta"],
  "ids.blocked": ["Blocked", "Bloqueada"],
  "ids.open": ["Not blocked", "No bloqueada"],
  "ids.created": ["Created", "Creada"],
  "ids.kyc": ["KYC", "KYC"],
  "ids.references": ["References", "Referencias"],
  "ids.referencesText": ["The first is the oldest: the others were merged into it.", "La primera es la más antigua: las demás se unieron a ella."],
  "ids.history": ["KYC history", "Historial de KYC"],
  "ids.historyNone": ["It is as it was when the identity was created.", "Está como cuando se creó la identidad."],
  "ids.emails": ["E-mail addresses", "Correos electrónicos"],
  "ids.emailsText": ["Addresses are kept as keyed hashes: only the one that you searched by can be shown, masked.", "Los correos se guardan como huellas con clave: solo se puede mostrar, enmascarado, el que buscaste."],
  "ids.emailsNone": ["No address is known.", "No se conoce ningún correo."],
  "ids.hidden": ["not shown", "no se muestra"],
  "ids.trust": ["Proved", "Comprobado"],
  "ids.last": ["Last used", "Último uso"],
  "ids.merges": ["Merges", "Uniones"],
  "ids.mergesNone": ["Nothing was merged into this account.", "No se unió nada a esta cuenta."],
  "ids.mergesText": ["Wrong? Tell your contact the merge's id: it can be undone within 30 days.", "¿Es un error? Di a tu contacto el id de la unión: se puede deshacer en 30 días."],
  "ids.merge": ["Merge", "Unión"],
  "ids.from": ["From", "De"],
  "ids.into": ["Into", "A"],
  "ids.channel": ["By", "Por"],
  "ids.when": ["When", "Cuándo"],
  "ids.undone": ["undone", "deshecha"],
  "trust.verified": ["By a code", "Con un código"], "trust.vouched": ["By you", "Por ti"], "trust.unverified": ["Not yet", "Aún no"],
  "kyc.PENDING": ["Pending", "Pendiente"], "kyc.ACTION_REQUIRED": ["Action required", "Requiere acción"], "kyc.UNDER_REVIEW": ["Under review", "En revisión"], "kyc.VERIFIED": ["Verified", "Verificado"], "kyc.REJECTED": ["Rejected", "Rechazado"],
});

const kycTones = { VERIFIED: "good", REJECTED: "bad", ACTION_REQUIRED: "warn", UNDER_REVIEW: "info" };
const kyc = (status) => state("kyc", status, kycTones);

function show(one) {
  return h("div", { class: "stack" },
    card(null, h("h2", { tabindex: "-1" }, t("ids.account"), ": ", exact(one.identityReference)), facts(
      [t("ids.state"), badge(t(one.account.blocked ? "ids.blocked" : "ids.open"), one.account.blocked ? "bad" : "good")],
      [t("ids.kyc"), kyc(one.kyc.status)], [t("ids.created"), when(one.account.createdAt)])),
    h("div", { class: "pair" },
      card(t("ids.references"), h("p", { class: "hint" }, t("ids.referencesText")), h("ol", {}, one.references.map((value) => h("li", {}, reference(value))))),
      card(t("ids.history"), one.kycHistory.length === 0 ? h("p", { class: "hint" }, t("ids.historyNone")) : h("ol", { class: "timeline" }, one.kycHistory.map((change) => h("li", {}, h("span", { class: "what" }, kyc(change.status)), h("span", { class: "hint" }, when(change.at, { seconds: true }))))))),
    card(t("ids.emails"), h("p", { class: "hint" }, t("ids.emailsText")), one.emails.length === 0 ? h("p", {}, t("ids.emailsNone")) : table(t("ids.emails"), [
      { title: t("ids.email"), cell: (email) => (email.masked ? exact(email.masked) : h("span", { class: "hint" }, t("ids.hidden"))) },
      { title: t("ids.trust"), cell: (email) => state("trust", email.trust, { verified: "good", vouched: "info", unverified: "warn" }) },
      { title: t("ids.reference"), kind: "wide", cell: (email) => reference(email.identityReference) },
      { title: t("ids.last"), cell: (email) => when(email.lastUsedAt) },
    ], one.emails)),
    card(t("ids.merges"), one.merges.length === 0 ? h("p", { class: "hint" }, t("ids.mergesNone")) : [h("p", { class: "hint" }, t("ids.mergesText")), table(t("ids.merges"), [
      { title: t("ids.merge"), cell: (merge) => [short(merge.mergeId), merge.undoneAt && [" ", badge(t("ids.undone"), "warn")]] },
      { title: t("ids.from"), cell: (merge) => reference(merge.from) },
      { title: t("ids.into"), kind: "wide", cell: (merge) => reference(merge.into) },
      { title: t("ids.channel"), kind: "wide", cell: (merge) => mono(merge.channel) },
      { title: t("ids.when"), cell: (merge) => when(merge.at) },
    ], one.merges)]));
}

export async function identitiesView() {
  const place = h("div", {}, empty(t("ids.start"), t("ids.startText"), link(t("ids.guide"), "/docs/identities", "button")));
  const search = form(async ({ by, value }, element) => {
    if (!value) { showErrors(element, [{ field: "value", message: t("console.required") }]); return; }
    const answer = await call("POST", "/partner/identities/search", { body: { [by]: value } });
    if (answer.ok) {
      place.replaceChildren(show(answer.data));
      place.querySelector("h2").focus();
      return;
    }
    const wrong = answer.details.find((detail) => detail.field === by);
    if (wrong) { showErrors(element, [{ ...wrong, field: "value" }]); return; }
    place.replaceChildren(answer.status === 404 ? notice("warn", h("p", { role: "status" }, t("ids.none"))) : problem(answer));
  }, h("div", { class: "filters", role: "search" },
    field("by", { label: t("ids.by"), control: "select", options: [["identityReference", t("ids.reference")], ["email", t("ids.email")]], value: "identityReference" }),
    field("value", { label: t("ids.reference"), maxlength: 254, spellcheck: "false", autocapitalize: "none" }),
    h("div", { class: "filter-actions" }, submit(t("ids.search"), ""))));
  search.querySelector("#by").addEventListener("change", (event) => { search.querySelector("label[for=value]").textContent = t(event.target.value === "email" ? "ids.email" : "ids.reference"); });
  return [head({ title: t("ids.title"), lead: t("ids.lead") }), search, h("p", { class: "hint" }, t("ids.hint")), place];
}
