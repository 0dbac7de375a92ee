// Links: the list, one link, and the form that creates one.
import { h, exact, safeUrl } from "./dom.js";
import { t, say, when, name, startOf, endOf, money, number, language } from "./words.js";
import { head, card, facts, copyable, button, link, away, empty, problem, notice, filters, longTable, field, form, submit, showErrors, block, json, toast, dialog, valuesOf, mono } from "./ui.js";
import { to, go } from "./shell.js";
import { call, session } from "./session.js";
import { said } from "./told.js";
import { stateOf, fullName, pages, deliveryColumns, reference, eventName } from "./shared.js";

say({
  "links.title": ["Links", "Enlaces"],
  "links.lead": ["A link leads one of your users through what is missing to a transfer.", "Un enlace lleva a uno de tus usuarios por lo que falta hasta una transferencia."],
  "links.create": ["Create a link", "Crear un enlace"],
  "links.createTest": ["Create a test link", "Crear un enlace de prueba"],
  "links.reference": ["Your reference", "Tu referencia"],
  "links.visibility": ["Validity", "Vigencia"],
  "links.active": ["Still valid", "Vigente"],
  "links.expired": ["Expired", "Caducado"],
  "links.what": ["What was done", "Qué se hizo"],
  "links.neverOpened": ["Never opened", "Nunca abierto"],
  "links.opened": ["Opened", "Abierto"],
  "links.revoked": ["Revoked", "Revocado"],
  "links.from": ["Created from", "Creado desde"],
  "links.to": ["Created until", "Creado hasta"],
  "links.person": ["Person", "Persona"],
  "links.status": ["Status", "Estado"],
  "links.created": ["Created", "Creado"],
  "links.expires": ["Expires", "Caduca"],
  "links.openedAt": ["Opened", "Abierto"],
  "links.revokedAt": ["Revoked", "Revocado"],
  "links.reason": ["Reason", "Motivo"],
  "links.none": ["No links yet", "Aún no hay enlaces"],
  "links.noneText": ["Create one here to see what your users see, or from your server with one POST.", "Crea uno aquí para ver lo que ven tus usuarios, o desde tu servidor con un POST."],
  "links.noneFit": ["No link fits these filters", "Ningún enlace cumple estos filtros"],
  "links.noneFitText": ["Remember that a link that was revoked is neither valid nor expired.", "Recuerda que un enlace revocado no está vigente ni caducado."],
  "links.guide": ["Guide to links", "Guía de enlaces"],
  "links.one": ["Link of {reference}", "Enlace de {reference}"],
  "links.id": ["Link id", "Id del enlace"],
  "links.url": ["Address for the person", "Dirección para la persona"],
  "links.openPage": ["Open the page", "Abrir la página"],
  "links.flow": ["Flow", "Flujo"],
  "links.theme": ["Theme", "Tema"],
  "links.language": ["Language", "Idioma"],
  "links.callback": ["Callback URL", "URL de retorno"],
  "links.metadata": ["Metadata", "Metadatos"],
  "links.timeline": ["Timeline", "Cronología"],
  "links.timelineNone": ["Nothing has happened yet.", "Aún no ha pasado nada."],
  "links.data": ["Data", "Datos"],
  "links.user": ["User", "Usuario"],
  "links.cip": ["Verification", "Verificación"],
  "links.missing": ["Still missing", "Aún falta"],
  "links.nothingMissing": ["nothing", "nada"],
  "links.fields": ["{count} fields are held", "Se guardan {count} campos"],
  "links.erased": ["This person was erased, or is not known any more.", "Esta persona fue borrada, o ya no se conoce."],
  "links.request": ["Data request", "Solicitud de datos"],
  "links.requestNone": ["You were not asked for data: nothing was missing, or it is asked once the link is opened.", "No se te pidieron datos: no faltaba nada, o se pedirá cuando se abra el enlace."],
  "links.asked": ["Asked for", "Se pidió"],
  "links.until": ["Answer until", "Responder hasta"],
  "links.answered": ["Answered", "Respondida"],
  "links.fellBack": ["Person asked instead", "Se pidió a la persona"],
  "links.note": ["About your answer", "Sobre tu respuesta"],
  "links.transfer": ["Transfer", "Transferencia"],
  "links.sends": ["Sends", "Envía"],
  "links.gets": ["Receives", "Recibe"],
  "links.fee": ["Fee", "Comisión"],
  "links.failure": ["Why it failed", "Por qué falló"],
  "links.deliveries": ["Webhooks of this link", "Webhooks de este enlace"],
  "links.deliveriesNone": ["Nothing was sent for this link", "No se envió nada por este enlace"],
  "links.noUrl": ["Your endpoint has no URL.", "Tu endpoint no tiene URL."],
  "links.isOff": ["Your endpoint is switched off.", "Tu endpoint está apagado."],
  "links.notSubscribed": ["Your endpoint is not subscribed to what happened: {events}.", "Tu endpoint no está suscrito a lo que pasó: {events}."],
  "links.sentLater": ["Your endpoint is set up now. What happened before is not sent later; what has just happened appears here in a moment.", "Tu endpoint está configurado ahora. Lo anterior no se envía después; lo que acaba de pasar aparece aquí en un momento."],
  "links.toEndpoint": ["See your endpoint", "Ver tu endpoint"],
  "links.revoke": ["Revoke", "Revocar"],
  "links.revokeTitle": ["Revoke this link?", "¿Revocar este enlace?"],
  "links.revokeText": ["Its page stops working at once, and the person can get another link. It cannot be taken back.", "Su página deja de funcionar de inmediato y la persona puede recibir otro enlace. No se puede deshacer."],
  "links.revokeReason": ["Reason (optional)", "Motivo (opcional)"],
  "links.revokeHint": ["Your webhook and the timeline show it.", "Tu webhook y la cronología lo muestran."],
  "links.revokedToast": ["The link is revoked.", "El enlace fue revocado."],
  "error.LINK_NOT_REVOCABLE": ["This link can no longer be revoked: it is in progress, or it has ended.", "Este enlace ya no se puede revocar: está en curso o terminó."],
  "error.ACTIVE_LINK_EXISTS": ["This person has an active link already. Use it, or revoke it first.", "Esta persona ya tiene un enlace activo. Úsalo o revócalo primero."],
  "error.USER_ERASED": ["This person was erased; the reference is not used again.", "Esta persona fue borrada; la referencia no se vuelve a usar."],
  "newLink.lead": ["Only the reference is needed. What you leave out, the person is asked for.", "Solo hace falta la referencia. Lo que no pongas se le pide a la persona."],
  "newLink.live": ["This is production: the link is real, and so is what the person sends with it.", "Esto es producción: el enlace es real, y también lo que la persona envíe con él."],
  "newLink.referenceHint": ["Your own stable id of the person. It never changes.", "Tu propio id estable de la persona. Nunca cambia."],
  "newLink.minutes": ["Valid for (minutes)", "Vigencia (minutos)"],
  "newLink.minutesHint": ["5 to 10080; without it, {minutes}.", "De 5 a 10080; sin ella, {minutes}."],
  "newLink.browser": ["As the browser", "La del navegador"],
  "newLink.settings": ["As in your settings", "La de tus ajustes"],
  "newLink.callbackHint": ["Webhooks of this link go there instead of to your endpoint.", "Los webhooks de este enlace van ahí y no a tu endpoint."],
  "newLink.metadataHint": ["A JSON object of your own values, as {\"order\":\"A-1001\"}.", "Un objeto JSON con tus valores, como {\"order\":\"A-1001\"}."],
  "newLink.badMetadata": ["This is no JSON object.", "No es un objeto JSON."],
  "newLink.withPerson": ["Send what I know of the person", "Enviar lo que sé de la persona"],
  "newLink.withPersonHint": ["A name and a payment method are then needed.", "Entonces hacen falta un nombre y un medio de pago."],
  "newLink.person": ["The person", "La persona"],
  "newLink.firstName": ["First name", "Primer nombre"], "newLink.secondName": ["Second name", "Segundo nombre"], "newLink.lastName": ["Last name", "Primer apellido"], "newLink.secondLastName": ["Mother's last name", "Segundo apellido"],
  "newLink.idType": ["Type of document", "Tipo de documento"], "newLink.idNumber": ["Document number", "Número de documento"], "newLink.dob": ["Date of birth", "Fecha de nacimiento"],
  "newLink.payment": ["Payment method", "Medio de pago"], "newLink.bank": ["Bank account", "Cuenta bancaria"], "newLink.cash": ["Cash pick-up", "Efectivo"],
  "newLink.country": ["Country of the account", "País de la cuenta"], "newLink.account": ["Account number (CLABE)", "Número de cuenta (CLABE)"], "newLink.provider": ["Where to pick it up", "Dónde se recoge"], "newLink.pickup": ["Reference of the pick-up", "Referencia de la entrega"],
  "newLink.curl": ["The same from your server", "Lo mismo desde tu servidor"],
  "newLink.curlText": ["Keep the key in an environment variable, never in code.", "Guarda la clave en una variable de entorno, nunca en el código."],
  "newLink.done": ["The link is created", "El enlace está creado"],
  "newLink.doneText": ["Send this address to the person, or open it yourself to see what they see.", "Envía esta dirección a la persona, o ábrela para ver lo que verá."],
  "newLink.see": ["See the link", "Ver el enlace"],
  "newLink.another": ["Create another one", "Crear otro"],
  "newLink.existing": ["See the active link", "Ver el enlace activo"],
});

const isLive = () => session().environment === "production";
const createTitle = () => (isLive() ? t("links.create") : t("links.createTest"));

const listFilters = () => [
  ["referenceId", { label: t("links.reference"), maxlength: 128, spellcheck: "false" }],
  ["visibility", { label: t("links.visibility"), control: "select", options: [["", t("console.any")], ["active", t("links.active")], ["expired", t("links.expired")]] }],
  ["status", { label: t("links.what"), control: "select", options: [["", t("console.any")], ["created", t("links.neverOpened")], ["opened", t("links.opened")], ["revoked", t("links.revoked")]] }],
  ["from", { label: t("links.from"), type: "date" }],
  ["to", { label: t("links.to"), type: "date" }],
];

export const linkColumns = () => [
  { title: t("links.reference"), cell: (one) => h("a", { href: to(`links/${encodeURIComponent(one.linkId)}`) }, exact(one.referenceId)) },
  { title: t("links.person"), kind: "wide", cell: (one) => (fullName(one.userData?.name) ? exact(fullName(one.userData.name)) : null) },
  { title: t("links.status"), cell: (one) => stateOf("link", one.status) },
  { title: t("links.created"), cell: (one) => when(one.createdAt) },
  { title: t("links.expires"), kind: "wide", cell: (one) => when(one.expiresAt) },
];

export async function linksView({ query }) {
  const asked = { ...query, from: startOf(query.from), to: endOf(query.to) };
  const isFiltered = Object.values(query).some(Boolean);
  const list = await longTable({
    caption: t("links.title"),
    columns: linkColumns(),
    load: pages("/partner/links", asked),
    none: isFiltered
      ? empty(t("links.noneFit"), t("links.noneFitText"), link(t("console.reset"), to("links"), "button"))
      : empty(t("links.none"), t("links.noneText"), link(createTitle(), to("links/new"), "button primary"), link(t("links.guide"), "/docs/links", "button")),
  });
  return [
    head({ title: t("links.title"), lead: t("links.lead"), actions: [link(createTitle(), to("links/new"), "button primary")] }),
    filters(listFilters(), { present: query, go: (values) => go("links", values) }),
    list,
  ];
}

/** One event of a link, with what its webhook says. */
const event = (item) => h("li", {},
  h("span", { class: "what" }, eventName(item.type)),
  h("span", { class: "hint" }, mono(item.type), " · ", when(item.at, { seconds: true })),
  h("details", {}, h("summary", {}, t("links.data")), json(item.data, item.type)));

async function userCard(one) {
  const answer = await call("GET", `/partner/users/${encodeURIComponent(one.referenceId)}`);
  const inside = answer.ok
    ? facts([t("links.reference"), reference(one.referenceId)], [t("links.status"), stateOf("user", answer.data.status)], [t("links.cip"), stateOf("cip", answer.data.cipStatus)],
      [t("links.missing"), answer.data.missingFields.length === 0 ? t("links.nothingMissing") : answer.data.missingFields.map((path) => [mono(path), " "])],
      [t("links.data"), t("links.fields", { count: number(answer.data.fields.length) })])
    : answer.status === 404 ? h("p", { class: "hint" }, t("links.erased")) : problem(answer);
  return card(t("links.user"), inside);
}

async function requestCard(activity) {
  const asked = activity.find((item) => item.type === "user.data_request");
  if (!asked) return card(t("links.request"), h("p", { class: "hint" }, t("links.requestNone")));
  const answer = await call("GET", `/partner/data-requests/${encodeURIComponent(asked.data.dataRequestId)}`);
  if (!answer.ok) return card(t("links.request"), problem(answer));
  const one = answer.data;
  const words = (paths) => (paths.length === 0 ? t("links.nothingMissing") : paths.map((path) => [mono(path), " "]));
  return card(t("links.request"), facts([t("links.status"), stateOf("request", one.status)], [t("links.asked"), words(one.requiredFields)], [t("links.missing"), words(one.missingFields)],
    [t("links.until"), when(one.expiresAt)], one.fulfilledAt && [t("links.answered"), when(one.fulfilledAt)], one.fellBackAt && [t("links.fellBack"), when(one.fellBackAt)], [t("links.note"), one.answerNote && said(one.answerNote)]));
}

async function transferCard(one) {
  if (!one.operationId) return null;
  const answer = await call("GET", `/partner/operations/${encodeURIComponent(one.operationId)}`);
  if (!answer.ok) return card(t("links.transfer"), problem(answer));
  const { amount, status, failureReason, createdAt, operationId } = answer.data;
  return card(t("links.transfer"), facts([t("links.status"), stateOf("operation", status)], [t("links.sends"), money(amount.send, amount.currency.source)], [t("links.gets"), money(amount.receive, amount.currency.destination)],
    [t("links.fee"), money(amount.fee, amount.currency.source)], [t("links.created"), when(createdAt)], [t("links.failure"), failureReason && said(failureReason)], ["Id", copyable(operationId, "operationId")]));
}

const revoke = (one, refresh) => dialog(t("links.revokeTitle"), (close) => {
  const place = h("div");
  return [h("p", {}, t("links.revokeText")), form(async ({ reason }) => {
    const answer = await call("POST", `/partner/links/${encodeURIComponent(one.linkId)}/revoke`, { body: reason ? { reason } : {} });
    if (!answer.ok) { place.replaceChildren(problem(answer)); return; }
    close();
    toast(t("links.revokedToast"));
    refresh();
  }, field("reason", { label: t("links.revokeReason"), hint: t("links.revokeHint"), maxlength: 500 }), place,
  h("div", { class: "actions" }, submit(t("links.revoke"), "danger"), button(t("console.cancel"), close)))];
});

/** Which of the endpoint's settings kept the webhooks of a link from being sent. */
async function whyNothing(one, items) {
  const answer = await call("GET", "/partner/webhooks/endpoint");
  if (!answer.ok) return problem(answer);
  const endpoint = answer.data;
  const happened = [...new Set(items.map((item) => item.type))];
  const missed = happened.every((type) => !endpoint.events.includes(type));
  const why = !one.callbackUrl && !endpoint.url ? t("links.noUrl")
    : !one.callbackUrl && !endpoint.enabled ? t("links.isOff")
    : missed && happened.length > 0 ? t("links.notSubscribed", { events: happened.join(", ") }) : t("links.sentLater");
  return empty(t("links.deliveriesNone"), why, link(t("links.toEndpoint"), to("webhooks"), "button"));
}

export async function linkView({ params, refresh }) {
  const path = `/partner/links/${encodeURIComponent(params.linkId)}`;
  const [answer, activity] = await Promise.all([call("GET", path), call("GET", `${path}/activity`)]);
  const crumbs = [[t("links.title"), to("links")]];
  if (!answer.ok) return [head({ title: t("links.title"), crumbs }), problem(answer, answer.status === 404 ? null : refresh)];
  const one = answer.data;
  const items = activity.ok ? activity.data.items : [];
  const nothing = h("div");
  const [user, asked, transfer, deliveries] = await Promise.all([userCard(one), requestCard(items), transferCard(one), longTable({
    caption: t("links.deliveries"), columns: deliveryColumns({ ofOneLink: true }), load: pages("/partner/webhooks/deliveries", { linkId: one.linkId, from: one.createdAt }), none: nothing,
  })]);
  if (deliveries === nothing) nothing.append(await whyNothing(one, items));
  const isRevocable = one.status === "created" || one.status === "opened";
  const isOpen = isRevocable || one.status === "in_progress";
  const page = safeUrl(one.url);
  return [
    head({
      title: t("links.one", { reference: one.referenceId }), crumbs, badge: stateOf("link", one.status),
      lead: fullName(one.userData?.name) && exact(fullName(one.userData.name)),
      actions: [isOpen && page && away(t("links.openPage"), page, "button"), isRevocable && button(t("links.revoke"), () => revoke(one, refresh), "danger")].filter(Boolean),
    }),
    card(null, facts([t("links.id"), copyable(one.linkId, t("links.id"))], isOpen && [t("links.url"), copyable(one.url, t("links.url"))],
      [t("links.created"), when(one.createdAt)], [t("links.expires"), when(one.expiresAt)], one.openedAt && [t("links.openedAt"), when(one.openedAt)],
      one.revokedAt && [t("links.revokedAt"), when(one.revokedAt)], one.revokeReason && [t("links.reason"), exact(one.revokeReason)],
      [t("links.flow"), mono(one.flow)], one.theme && [t("links.theme"), mono(one.theme)], one.language && [t("links.language"), one.language], one.callbackUrl && [t("links.callback"), mono(one.callbackUrl)])),
    h("div", { class: "pair wide-left" },
      card(t("links.timeline"), activity.ok ? h("ol", { class: "timeline" }, items.map(event)) : problem(activity)),
      h("div", { class: "stack" }, user, asked, transfer, one.metadata && card(t("links.metadata"), json(one.metadata, "JSON")))),
    card(t("links.deliveries"), deliveries),
  ];
}

const documents = ["CURP", "INE", "PASSPORT", "SSN", "ITIN", "DRIVERS_LICENSE"];

/** The request that the form stands for. */
function requestOf(values) {
  const given = (entries) => Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== "" && value !== undefined));
  const body = given({ referenceId: values.referenceId, expiresInMinutes: values.expiresInMinutes === "" ? "" : Number(values.expiresInMinutes), language: values.language, theme: values.theme, callbackUrl: values.callbackUrl });
  if (values.metadata) body.metadata = JSON.parse(values.metadata);
  if (values.withPerson) {
    const methods = {
      bank_account: () => ({ type: "bank_account", bankAccount: { country: values["userData.paymentMethod.bankAccount.country"], accountNumber: values["userData.paymentMethod.bankAccount.accountNumber"] } }),
      cash: () => ({ type: "cash", cash: { provider: values["userData.paymentMethod.cash.provider"], reference: values["userData.paymentMethod.cash.reference"] } }),
    };
    body.userData = given({
      name: given(Object.fromEntries(["firstName", "secondName", "lastName", "secondLastName"].map((part) => [part, values[`userData.name.${part}`]]))),
      idType: values["userData.idType"], idNumber: values["userData.idNumber"], dob: values["userData.dob"],
      paymentMethod: methods[values["userData.paymentMethod.type"]](),
    });
  }
  return body;
}

const curlOf = (body) => `curl ${location.origin}/partner/links \\\n  -H "X-API-Key: $M2M_API_KEY" \\\n  -H "Content-Type: application/json" \\\n  -H "Idempotency-Key: $(uuidgen)" \\\n  -d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'`;

/** What is sent as metadata must be an object, before anything else can be said of it. */
function isObject(text) {
  if (text === "") return true;
  try { const value = JSON.parse(text); return typeof value === "object" && value !== null && !Array.isArray(value); } catch { return false; }
}

export async function newLinkView({ query }) {
  const profile = await call("GET", "/partner/me");
  const minutes = profile.data?.settings?.linkExpiresInMinutes ?? 60;
  const suggestion = query.referenceId ?? `test-${Math.random().toString(36).slice(2, 8)}`;
  let key = crypto.randomUUID();
  let show;
  const place = h("div");
  const side = card(t("newLink.curl"), h("p", { class: "hint" }, t("newLink.curlText")), block("", { label: "curl", update: (update) => { show = update; } }));

  const bank = h("div", { class: "grid" }, field("userData.paymentMethod.bankAccount.country", { label: t("newLink.country"), value: "MX", maxlength: 2 }), field("userData.paymentMethod.bankAccount.accountNumber", { label: t("newLink.account"), inputmode: "numeric", value: isLive() ? "" : "032180000118359719" }));
  const cash = h("div", { class: "grid", hidden: true }, field("userData.paymentMethod.cash.provider", { label: t("newLink.provider"), maxlength: 100 }), field("userData.paymentMethod.cash.reference", { label: t("newLink.pickup"), maxlength: 100 }));
  const person = h("fieldset", { hidden: true }, h("legend", {}, t("newLink.person")),
    h("div", { class: "grid" }, ["firstName", "secondName", "lastName", "secondLastName"].map((part) => field(`userData.name.${part}`, { label: t(`newLink.${part}`), maxlength: 100 })),
      field("userData.idType", { label: t("newLink.idType"), control: "select", options: [["", "–"], ...documents.map((kind) => [kind, kind])] }), field("userData.idNumber", { label: t("newLink.idNumber"), maxlength: 40, spellcheck: "false" }), field("userData.dob", { label: t("newLink.dob"), type: "date" }),
      field("userData.paymentMethod.type", { label: t("newLink.payment"), control: "select", options: [["bank_account", t("newLink.bank")], ["cash", t("newLink.cash")]] })), bank, cash);

  const fields = form(async (values, element) => {
    if (!isObject(values.metadata)) { showErrors(element, [{ field: "metadata", message: t("newLink.badMetadata") }]); return; }
    const answer = await call("POST", "/partner/links", { body: requestOf(values), key });
    if (answer.ok) { done(answer.data); return; }
    const left = showErrors(element, answer.details);
    // A refusal is remembered under its key, too: what is corrected is another request.
    key = crypto.randomUUID();
    const existing = answer.error?.link?.linkId;
    place.replaceChildren(...(left.length === answer.details.length ? [problem({ ...answer, details: left })] : []), ...(existing ? [link(t("newLink.existing"), to(`links/${encodeURIComponent(existing)}`))] : []));
  },
  h("div", { class: "grid" },
    field("referenceId", { label: t("links.reference"), hint: t("newLink.referenceHint"), value: suggestion, maxlength: 128, spellcheck: "false" }),
    field("expiresInMinutes", { label: t("newLink.minutes"), hint: t("newLink.minutesHint", { minutes }), inputmode: "numeric", type: "number", min: 5, max: 10080, value: "" }),
    field("language", { label: t("links.language"), control: "select", options: [["", t("newLink.browser")], ["en", "English"], ["es", "Español"]] }),
    field("theme", { label: t("links.theme"), control: "select", options: [["", t("newLink.settings")], ["light", "light"], ["dark", "dark"], ["ocean", "ocean"]] })),
  field("callbackUrl", { label: t("links.callback"), hint: t("newLink.callbackHint"), type: "url", maxlength: 2048 }),
  field("metadata", { label: t("links.metadata"), hint: t("newLink.metadataHint"), control: "textarea", rows: 3, spellcheck: "false" }),
  field("withPerson", { label: t("newLink.withPerson"), hint: t("newLink.withPersonHint"), check: true }),
  person, place, h("div", { class: "actions" }, submit(createTitle()), link(t("console.cancel"), to("links"), "button")));

  const update = () => {
    const values = valuesOf(fields);
    person.hidden = !values.withPerson;
    bank.hidden = values["userData.paymentMethod.type"] !== "bank_account";
    cash.hidden = !bank.hidden;
    if (isObject(values.metadata)) show(curlOf(requestOf(values)));
  };
  fields.addEventListener("input", update);
  update();

  const body = h("div", { class: "pair wide-left" }, card(null, fields), side);
  function done(created) {
    const page = safeUrl(created.url);
    const title = h("h2", { tabindex: "-1" }, t("newLink.done"));
    body.replaceWith(h("section", { class: "card" }, title, h("p", {}, t("newLink.doneText")),
      facts([t("links.url"), copyable(created.url, t("links.url"))], [t("links.id"), copyable(created.linkId, t("links.id"))], [t("links.expires"), when(created.expiresAt)]),
      h("div", { class: "actions" }, page && away(t("links.openPage"), page, "button primary"), link(t("newLink.see"), to(`links/${encodeURIComponent(created.linkId)}`), "button"), link(t("newLink.another"), to("links/new", { again: created.linkId }), "button"))));
    title.focus();
  }
  return [head({ title: createTitle(), crumbs: [[t("links.title"), to("links")]], lead: t("newLink.lead") }), isLive() && notice("warn", t("newLink.live")), body];
}
