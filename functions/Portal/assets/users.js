// Users: who is known, what is held of one and why, and their erasure.
import { h, exact } from "./dom.js";
import { t, say, when, name } from "./words.js";
import { head, card, facts, copyable, button, link, empty, problem, filters, longTable, field, form, submit, showErrors, dialog, mono, badge, block, notice } from "./ui.js";
import { to, go } from "./shell.js";
import { sentence } from "./api.js";
import { call } from "./session.js";
import { stateOf, pages, short, shortLinkTo } from "./shared.js";
import { linkColumns } from "./links.js";

say({
  "users.title": ["Users", "Usuarios"],
  "users.lead": ["The people that you have created links for, by your own reference.", "Las personas para quienes creaste enlaces, por tu propia referencia."],
  "users.reference": ["Your reference", "Tu referencia"],
  "users.status": ["Status", "Estado"],
  "users.since": ["Since", "Desde"],
  "users.known": ["First known", "Conocido desde"],
  "users.find": ["Find a user", "Buscar un usuario"],
  "users.findLabel": ["Whole reference", "Referencia completa"],
  "users.open": ["Open", "Abrir"],
  "users.notFound": ["No user has this reference. It is case-sensitive; an erased person is not found any more.", "Ningún usuario tiene esta referencia. Distingue mayúsculas; una persona borrada ya no se encuentra."],
  "users.none": ["No users yet", "Aún no hay usuarios"],
  "users.noneText": ["A user is known from the first link that you create for a reference.", "Un usuario se conoce desde el primer enlace que creas para una referencia."],
  "users.noneFit": ["Nobody stands there", "Nadie está en ese estado"],
  "users.noneFitText": ["Choose another status, or see all.", "Elige otro estado, o mira todos."],
  "users.id": ["User id", "Id de usuario"],
  "users.cip": ["Verification of identity", "Verificación de identidad"],
  "users.updated": ["Last change", "Último cambio"],
  "users.missing": ["Needed to verify", "Falta para verificar"],
  "users.hasNone": ["has none", "no tiene"],
  "users.nothing": ["nothing", "nada"],
  "users.fields": ["What is held", "Lo que se guarda"],
  "users.fieldsText": ["Values are masked: enough to recognise them. The stronger source wins: your API, then your answer to a data request, then the person.", "Los valores van enmascarados: lo justo para reconocerlos. Gana la fuente más fuerte: tu API, luego tu respuesta a una solicitud, luego la persona."],
  "users.field": ["Field", "Campo"],
  "users.value": ["Value", "Valor"],
  "users.source": ["Source", "Fuente"],
  "users.via": ["Came with", "Llegó con"],
  "users.history": ["All that arrived ({count})", "Todo lo que llegó ({count})"],
  "users.outcome": ["Outcome", "Resultado"],
  "users.noFields": ["Nothing is held yet", "Aún no se guarda nada"],
  "users.noFieldsText": ["Send userData with a link, answer a data request, or let the person type it.", "Envía userData con un enlace, responde una solicitud de datos, o deja que la persona lo escriba."],
  "users.links": ["Links of this user", "Enlaces de este usuario"],
  "users.noLinks": ["No link was created for this user.", "No se creó ningún enlace para este usuario."],
  "users.newLink": ["Create a link", "Crear un enlace"],
  "users.erase": ["Erase", "Borrar"],
  "users.eraseTitle": ["Erase this person?", "¿Borrar a esta persona?"],
  "users.eraseText": ["The key of this person's data is destroyed: no copy of it can ever be read again. The active link is closed. The reference is not used again. This cannot be undone.", "Se destruye la clave de los datos de esta persona: ninguna copia se podrá leer nunca más. El enlace activo se cierra. La referencia no se vuelve a usar. No se puede deshacer."],
  "users.eraseType": ["Type {reference} to confirm", "Escribe {reference} para confirmar"],
  "users.eraseWrong": ["This is not the reference.", "No es la referencia."],
  "users.eraseNow": ["Erase for ever", "Borrar para siempre"],
  "users.erasedTitle": ["The person is erased", "La persona fue borrada"],
  "users.erasedText": ["Keep this receipt: it is the proof. Asking again gives the same one.", "Guarda este recibo: es la prueba. Si lo pides otra vez, será el mismo."],
  "users.receipt": ["Receipt", "Recibo"],
  "users.erasedAt": ["Erased", "Borrada"],
  "users.all": ["All users", "Todos los usuarios"],
  "source.widget": ["The person", "La persona"],
  "source.partner_webhook": ["Your answer", "Tu respuesta"],
  "source.partner_api": ["Your API", "Tu API"],
  "outcome.applied": ["Applied", "Aplicado"],
  "outcome.ignored": ["Ignored", "Ignorado"],
});

const statuses = ["pending", "data_incomplete", "data_complete", "cip_pending", "cip_verified", "cip_failed"];

const finder = () => form(async ({ find }, element) => {
  if (!find) { showErrors(element, [{ field: "find", message: t("console.required") }]); return; }
  const answer = await call("GET", `/partner/users/${encodeURIComponent(find)}`);
  if (answer.ok) go(`users/${encodeURIComponent(find)}`);
  else showErrors(element, [{ field: "find", message: answer.status === 404 ? t("users.notFound") : sentence(answer) }]);
}, h("div", { class: "filters", role: "search" }, field("find", { label: t("users.findLabel"), type: "search", maxlength: 128, spellcheck: "false" }), h("div", { class: "filter-actions" }, submit(t("users.open"), ""))));

export async function usersView({ query }) {
  const list = await longTable({
    caption: t("users.title"),
    columns: [
      { title: t("users.reference"), cell: (one) => h("a", { href: to(`users/${encodeURIComponent(one.referenceId)}`) }, exact(one.referenceId)) },
      { title: t("users.status"), cell: (one) => stateOf("user", one.status) },
      { title: t("users.since"), cell: (one) => when(one.statusSince) },
      { title: t("users.known"), kind: "wide", cell: (one) => when(one.createdAt) },
    ],
    load: pages("/partner/users", { status: query.status }),
    none: query.status ? empty(t("users.noneFit"), t("users.noneFitText"), link(t("users.all"), to("users"), "button")) : empty(t("users.none"), t("users.noneText"), link(t("users.newLink"), to("links/new"), "button primary")),
  });
  return [
    head({ title: t("users.title"), lead: t("users.lead") }),
    h("div", { class: "pair" }, finder(), filters([["status", { label: t("users.status"), control: "select", options: [["", t("console.any")], ...statuses.map((status) => [status, name("user", status)])] }]], { present: query, go: (values) => go("users", values) })),
    list,
  ];
}

/** What a value came with: a link can be looked at. */
const via = (value) => (value.startsWith("link_") ? shortLinkTo(value) : short(value));

/** A masked value; an empty one says that there is none, such as of a second name. */
const masked = (value) => (value === "" ? h("span", { class: "hint" }, t("users.hasNone")) : exact(value));

const history = (one) => h("details", {}, h("summary", {}, t("users.history", { count: one.history.length })),
  h("ol", { class: "timeline" }, one.history.map((arrived) => h("li", {},
    h("span", { class: "what" }, masked(arrived.value), " ", badge(name("outcome", arrived.outcome), arrived.outcome === "applied" ? "good" : "warn")),
    h("span", { class: "hint" }, name("source", arrived.source), " · ", when(arrived.at), " · ", via(arrived.via))))));

const fieldsTable = (fields) => h("div", { class: "scroll" }, h("table", {}, h("caption", { class: "unseen" }, t("users.fields")),
  h("thead", {}, h("tr", {}, [["users.field"], ["users.value"], ["users.source"], ["users.since", "wide"], ["users.via", "wide"]].map(([title, kind]) => h("th", { scope: "col", class: kind }, t(title))))),
  h("tbody", {}, fields.map((one) => h("tr", {}, h("th", { scope: "row" }, mono(one.path)), h("td", {}, masked(one.value), one.history.length > 1 && history(one)),
    h("td", {}, badge(name("source", one.source), "quiet")), h("td", { class: "wide" }, when(one.since)), h("td", { class: "wide" }, via(one.via)))))));

function showReceipt(receipt) {
  const main = document.getElementById("content");
  main.replaceChildren(head({ title: t("users.erasedTitle"), crumbs: [[t("users.title"), to("users")]], lead: t("users.erasedText") }),
    card(t("users.receipt"), facts([t("users.receipt"), copyable(receipt.receiptId, t("users.receipt"))], [t("users.reference"), exact(receipt.referenceId)], [t("users.id"), mono(receipt.userId)], [t("users.erasedAt"), when(receipt.erasedAt, { seconds: true })]),
      block(JSON.stringify(receipt, null, 2), { label: t("users.receipt") }), h("div", { class: "actions" }, link(t("users.all"), to("users"), "button"))));
  main.querySelector("h1").focus();
}

const erase = (one) => dialog(t("users.eraseTitle"), (close) => {
  const place = h("div");
  return [notice("bad", t("users.eraseText")), form(async ({ typed }, element) => {
    if (typed !== one.referenceId) { showErrors(element, [{ field: "typed", message: t("users.eraseWrong") }]); return; }
    const answer = await call("DELETE", `/partner/users/${encodeURIComponent(one.referenceId)}`);
    if (!answer.ok) { place.replaceChildren(problem(answer)); return; }
    close();
    showReceipt(answer.data);
  }, field("typed", { label: t("users.eraseType", { reference: one.referenceId }), spellcheck: "false", autocapitalize: "none" }), place,
  h("div", { class: "actions" }, submit(t("users.eraseNow"), "danger"), button(t("console.cancel"), close)))];
});

export async function userView({ params, refresh }) {
  const crumbs = [[t("users.title"), to("users")]];
  const answer = await call("GET", `/partner/users/${encodeURIComponent(params.referenceId)}`);
  if (!answer.ok) return [head({ title: t("users.title"), crumbs }), answer.status === 404 ? notice("bad", t("users.notFound")) : problem(answer, refresh)];
  const one = answer.data;
  const links = await longTable({ caption: t("users.links"), columns: linkColumns(), load: pages("/partner/links", { referenceId: one.referenceId }), none: empty(t("users.links"), t("users.noLinks")) });
  return [
    head({ title: one.referenceId, crumbs, badge: stateOf("user", one.status), actions: [link(t("users.newLink"), to("links/new", { referenceId: one.referenceId }), "button"), button(t("users.erase"), () => erase(one), "danger")] }),
    card(null, facts([t("users.id"), copyable(one.userId, t("users.id"))], [t("users.cip"), stateOf("cip", one.cipStatus)], [t("users.known"), when(one.createdAt)], [t("users.updated"), when(one.updatedAt)],
      [t("users.missing"), one.missingFields.length === 0 ? t("users.nothing") : one.missingFields.map((path) => [mono(path), " "])])),
    card(t("users.fields"), h("p", { class: "hint" }, t("users.fieldsText")), one.fields.length === 0 ? empty(t("users.noFields"), t("users.noFieldsText")) : fieldsTable(one.fields)),
    card(t("users.links"), links),
  ];
}
