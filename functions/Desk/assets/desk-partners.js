// Partners: the list, one with its settings, endpoint and keys, and a new one.
import { h, exact } from "./dom.js";
import { t, say, name, when } from "./words.js";
import { head, filters, longTable, empty, card, facts, table, button, link, mono, problem, toast, form, field, submit, showErrors } from "./ui.js";
import { to, go } from "./shell.js";
import { call, act } from "./desk-session.js";
import { said } from "./told.js";
import { stateOf, pages, askAndAct, showOnce } from "./desk-shared.js";

say({
  "partners.title": ["Partners", "Socios"],
  "partners.lead": ["Everybody who uses the API, by id.", "Todos los que usan la API, por id."],
  "partners.name": ["Name", "Nombre"], "partners.endpoint": ["Webhooks", "Webhooks"], "partners.created": ["Since", "Desde"],
  "partners.none": ["No partner yet", "Aún no hay socios"], "partners.noneText": ["Create the first one; its keys are shown once.", "Crea el primero; sus claves se muestran una vez."],
  "partners.noneFit": ["No partner stands so", "Ningún socio está así"], "partners.noneFitText": ["Take the filter away to see all.", "Quita el filtro para ver todos."],
  "partners.new": ["New partner", "Nuevo socio"],
  "partners.newLead": ["Its keys and secrets are shown once, right after.", "Sus claves y secretos se muestran una vez, justo después."],
  "partners.id": ["Id", "Id"], "partners.idHint": ["2 to 32 lower-case letters, digits or hyphens. It cannot be changed.", "De 2 a 32 letras minúsculas, dígitos o guiones. No se puede cambiar."],
  "partners.nameHint": ["As people see it on the page of a link.", "Como lo ven las personas en la página de un enlace."],
  "partners.url": ["Where webhooks go (optional)", "Adónde van los webhooks (opcional)"], "partners.urlHint": ["https, port 443 or 8443.", "https, puerto 443 u 8443."],
  "partners.create": ["Create", "Crear"], "partners.createdOnce": ["{name} is created", "{name} está creado"],
  "partners.suspend": ["Suspend", "Suspender"], "partners.suspendText": ["Every call with one of its keys is refused from now on. Links that exist run on, and webhooks are still delivered.", "Desde ahora se rechaza toda llamada con sus claves. Los enlaces existentes siguen y los webhooks se entregan."],
  "partners.resume": ["Resume", "Reactivar"], "partners.resumeText": ["Its calls are served again.", "Sus llamadas se atienden de nuevo."],
  "partners.suspended": ["The partner is suspended.", "El socio está suspendido."], "partners.resumed": ["The partner is active again.", "El socio está activo de nuevo."],
  "partners.more": ["Of this partner", "De este socio"],
  "partners.itsReviews": ["Reviews", "Revisiones"], "partners.itsDeliveries": ["Failed deliveries", "Entregas fallidas"], "partners.itsMerges": ["Merges", "Uniones"], "partners.itsBlocked": ["Blocked accounts", "Cuentas bloqueadas"], "partners.itsAudit": ["What operators did", "Lo que hicieron operadores"],
  "partners.settings": ["Settings", "Ajustes"], "partners.change": ["Change", "Cambiar"], "partners.changed": ["The settings are changed.", "Los ajustes están cambiados."],
  "partners.settingsText": ["What you leave as it is stays.", "Lo que no toques se queda igual."],
  "partners.url2": ["Address", "Dirección"], "partners.events": ["Events", "Eventos"], "partners.noUrl": ["Nowhere", "A ningún lado"], "partners.description": ["Note of the partner", "Nota del socio"],
  "partners.sinceState": ["Since", "Desde"], "partners.because": ["Because", "Porque"], "partners.oldSecret": ["Earlier secrets sign until", "Secretos anteriores firman hasta"],
  "partners.keys": ["API keys", "Claves de API"], "partners.key": ["Begins with", "Comienza con"], "partners.lastUsed": ["Last used", "Último uso"], "partners.issued": ["Issued", "Emitida"],
  "partners.neverUsed": ["never", "nunca"],
  "partners.issue": ["Issue a key", "Emitir una clave"], "partners.issueText": ["The others stay valid.", "Las demás siguen vigentes."],
  "partners.revoke": ["Revoke", "Revocar"], "partners.revokeText": ["Requests with it are refused at once. It cannot be taken back.", "Las solicitudes con ella se rechazan de inmediato. No se puede deshacer."],
  "partners.revoked": ["The key is revoked.", "La clave está revocada."],
  "partners.identityKeys": ["Keys of the identity API", "Claves de la API de identidad"], "partners.identityKey": ["Key", "Clave"], "partners.identityText": ["The newest one signs KYC webhooks.", "La más nueva firma los webhooks de KYC."],
  "partners.noKeys": ["It has none.", "No tiene ninguna."],
  "partners.apiKey": ["API key", "Clave de API"], "partners.webhookSecret": ["Webhook secret", "Secreto de webhooks"], "partners.identityApiKey": ["Identity key", "Clave de identidad"], "partners.identitySecret": ["Identity secret", "Secreto de identidad"],
  "setting.allowedOrigins": ["Origins that may embed the widget, separated by spaces", "Orígenes que pueden incrustar el widget, separados por espacios"],
  "setting.theme": ["Theme", "Tema"], "setting.emailVerification": ["Who vouches for e-mail addresses", "Quién responde por los correos"], "setting.otpEnabled": ["One-time codes", "Códigos de un solo uso"],
  "setting.kycWebhooks": ["KYC webhooks", "Webhooks de KYC"], "setting.kycWebhookUrl": ["Where KYC webhooks go (empty: the endpoint)", "Adónde van los webhooks de KYC (vacío: el endpoint)"], "setting.kycSharing": ["KYC sharing", "Compartir KYC"],
  "setting.standaloneKyc": ["Hosted KYC sessions", "Sesiones de KYC alojadas"], "setting.reliance": ["Its own KYC is relied upon", "Se confía en su propio KYC"], "setting.fiats": ["Currencies, separated by spaces (empty: all)", "Monedas, separadas por espacios (vacío: todas)"], "setting.dataRequests": ["When it is asked for data", "Cuándo se le piden datos"],
  "setting.kycUrl": ["Where KYC webhooks go", "Adónde van los webhooks de KYC"], "setting.origins": ["Origins that may embed the widget", "Orígenes que pueden incrustar el widget"], "setting.currencies": ["Currencies", "Monedas"],
  "setting.partner": ["The partner", "El socio"], "setting.otp": ["A one-time code", "Un código de un solo uso"], "setting.on_create": ["When a link is created", "Al crear un enlace"], "setting.on_open": ["When a link is opened", "Al abrir un enlace"],
  "setting.none": ["None", "Ninguno"], "setting.every": ["All", "Todas"],
  "error.PARTNER_EXISTS": ["There is a partner with this id. Choose another.", "Ya existe un socio con este id. Elige otro."],
});

const routeOf = (id, more = "") => `/operator/partners/${encodeURIComponent(id)}${more}`;

export async function partnersView({ query, signal }) {
  const list = await longTable({
    caption: t("partners.title"),
    columns: [
      { title: t("desk.partner"), cell: (one) => h("a", { href: to(`partners/${encodeURIComponent(one.partnerId)}`) }, exact(one.partnerId)) },
      { title: t("partners.name"), cell: (one) => exact(one.name) },
      { title: t("desk.status"), cell: (one) => stateOf("partner", one.status) },
      { title: t("partners.endpoint"), kind: "wide", cell: (one) => (one.webhookUrl ? stateOf("endpoint", one.endpointStatus.state) : t("partners.noUrl")) },
      { title: t("partners.created"), kind: "wide", cell: (one) => when(one.createdAt) },
    ],
    load: pages("/operator/partners", query, signal),
    none: query.status ? empty(t("partners.noneFit"), t("partners.noneFitText"), link(t("console.reset"), to("partners"), "button")) : empty(t("partners.none"), t("partners.noneText"), link(t("partners.new"), to("partners/new"), "button primary")),
  });
  return [
    head({ title: t("partners.title"), lead: t("partners.lead"), actions: [link(t("partners.new"), to("partners/new"), "button primary")] }),
    filters([["status", { label: t("desk.status"), control: "select", options: [["", t("console.any")], ["active", t("partner.active")], ["suspended", t("partner.suspended")]] }]], { present: query, go: (values) => go("partners", values) }),
    list,
  ];
}

export function newPartnerView() {
  const place = h("div");
  return [
    head({ title: t("partners.new"), crumbs: [[t("partners.title"), to("partners")]], lead: t("partners.newLead") }),
    card(null, form(async (values, element) => {
      place.replaceChildren();
      const wrong = ["partnerId", "name", "reason"].filter((one) => !values[one]).map((one) => ({ field: one, message: t("console.required") }));
      if (wrong.length > 0) { showErrors(element, wrong); return; }
      const answer = await act("POST", "/operator/partners", values.reason, { partnerId: values.partnerId, name: values.name, ...(values.webhookUrl ? { webhookUrl: values.webhookUrl } : {}) });
      if (!answer.ok) {
        const left = showErrors(element, answer.code === "PARTNER_EXISTS" ? [{ field: "partnerId", message: t("error.PARTNER_EXISTS") }] : answer.details);
        if (left.length > 0 || (answer.details.length === 0 && answer.code !== "PARTNER_EXISTS")) place.replaceChildren(problem({ ...answer, details: left }));
        return;
      }
      const made = answer.data;
      const secrets = [[t("partners.apiKey"), made.apiKey], [t("partners.webhookSecret"), made.webhookSecret], [t("partners.identityApiKey"), made.identityApiKey], [t("partners.identitySecret"), made.identityApiSecret]];
      showOnce(t("partners.createdOnce", { name: values.name }), secrets, () => go(`partners/${encodeURIComponent(made.partnerId)}`));
    },
    field("partnerId", { label: t("partners.id"), hint: t("partners.idHint"), maxlength: 32, spellcheck: "false", autocapitalize: "none" }),
    field("name", { label: t("partners.name"), hint: t("partners.nameHint"), maxlength: 100 }),
    field("webhookUrl", { label: t("partners.url"), hint: t("partners.urlHint"), maxlength: 2048, spellcheck: "false", inputmode: "url" }),
    field("reason", { label: t("desk.reason"), hint: t("desk.reasonHint"), maxlength: 500 }),
    place, h("div", { class: "actions" }, submit(t("partners.create")), link(t("console.cancel"), to("partners"), "button")))),
  ];
}

const onOff = (value) => (value ? t("console.yes") : t("console.no"));

function shown(settings) {
  const lists = (values, none) => (values && values.length > 0 ? values.map((one) => [mono(one), " "]) : none);
  return facts(
    [t("setting.dataRequests"), name("setting", settings.dataRequests)], [t("setting.emailVerification"), name("setting", settings.emailVerification)], [t("setting.theme"), settings.theme ? mono(settings.theme) : t("setting.none")],
    [t("setting.otpEnabled"), onOff(settings.otpEnabled)], [t("setting.kycSharing"), onOff(settings.kycSharing)], [t("setting.standaloneKyc"), onOff(settings.standaloneKyc)], [t("setting.reliance"), onOff(settings.reliance)],
    [t("setting.kycWebhooks"), onOff(settings.kycWebhooks)], settings.kycWebhookUrl && [t("setting.kycUrl"), mono(settings.kycWebhookUrl)],
    [t("setting.origins"), lists(settings.allowedOrigins, t("setting.none"))], [t("setting.currencies"), lists(settings.fiats, t("setting.every"))]);
}

const words = (text) => text.split(/\s+/).filter(Boolean);
const choice = (id, value, options) => [id, { label: t(`setting.${id}`), control: "select", value, options: options.map((one) => [one, t(`setting.${one}`)]) }];
const text = (id, value, more = {}) => [id, { label: t(`setting.${id}`), value: value ?? "", spellcheck: "false", autocapitalize: "none", ...more }];
const flag = (id, value) => [id, { label: t(`setting.${id}`), check: true, value }];

/** Only what differs is sent, so that two operators do not take back what the other one has changed. */
function difference(before, values) {
  const after = {
    dataRequests: values.dataRequests, emailVerification: values.emailVerification, theme: values.theme || null, otpEnabled: values.otpEnabled, kycSharing: values.kycSharing, standaloneKyc: values.standaloneKyc,
    reliance: values.reliance, kycWebhooks: values.kycWebhooks, kycWebhookUrl: values.kycWebhookUrl || null, allowedOrigins: words(values.allowedOrigins), fiats: words(values.fiats).length > 0 ? words(values.fiats) : null,
  };
  return Object.fromEntries(Object.entries(after).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key] ?? null)));
}

function changeSettings(one, refresh) {
  const now = one.settings;
  askAndAct({
    title: t("partners.settings"), text: t("partners.settingsText"), action: t("partners.change"),
    fields: [choice("dataRequests", now.dataRequests, ["on_create", "on_open"]), choice("emailVerification", now.emailVerification, ["partner", "otp"]), text("theme", now.theme, { maxlength: 40 }),
      flag("otpEnabled", now.otpEnabled), flag("kycSharing", now.kycSharing), flag("standaloneKyc", now.standaloneKyc), flag("reliance", now.reliance), flag("kycWebhooks", now.kycWebhooks),
      text("kycWebhookUrl", now.kycWebhookUrl, { maxlength: 2048 }), text("allowedOrigins", (now.allowedOrigins ?? []).join(" ")), text("fiats", (now.fiats ?? []).join(" "))],
    send: async ({ reason, ...values }) => {
      const answer = await act("PATCH", routeOf(one.partnerId), reason, { settings: difference(now, values) });
      return { ...answer, details: answer.details.map((detail) => ({ ...detail, field: detail.field.replace(/^settings\./, "").replace(/\[\d+\]$/, "") })) };
    },
    done: () => { toast(t("partners.changed")); return refresh(); },
  });
}

function standing(one, refresh) {
  const suspended = one.status === "suspended";
  const [verb, action] = suspended ? ["resume", t("partners.resume")] : ["suspend", t("partners.suspend")];
  return button(action, () => askAndAct({
    title: `${action}: ${one.name}`, text: suspended ? t("partners.resumeText") : t("partners.suspendText"), action, kind: suspended ? "primary" : "danger",
    send: ({ reason }) => act("POST", routeOf(one.partnerId, `/${verb}`), reason),
    done: () => { toast(suspended ? t("partners.resumed") : t("partners.suspended")); return refresh(); },
  }), suspended ? "primary" : "danger");
}

const issue = (one, path, done) => button(t("partners.issue"), () => askAndAct({
  title: t("partners.issue"), text: t("partners.issueText"), action: t("partners.issue"), send: ({ reason }) => act("POST", routeOf(one.partnerId, path), reason), done,
}), "small");

const revoke = (one, path, what, refresh) => button(t("partners.revoke"), () => askAndAct({
  title: t("partners.revoke"), text: [mono(what), " ", t("partners.revokeText")], action: t("partners.revoke"), kind: "danger",
  send: ({ reason }) => act("DELETE", routeOf(one.partnerId, path), reason), done: () => { toast(t("partners.revoked")); return refresh(); },
}), "small danger", { "aria-label": `${t("partners.revoke")} ${what}` });

function keys(one, refresh) {
  const inside = one.keys.length === 0 ? h("p", { class: "hint" }, t("partners.noKeys")) : table(t("partners.keys"), [
    { title: t("partners.key"), cell: (key) => mono(`${key.keyPrefix}…`) }, { title: t("partners.issued"), kind: "wide", cell: (key) => when(key.createdAt) },
    ...(one.keys.some((key) => key.lastUsedAt) ? [{ title: t("partners.lastUsed"), cell: (key) => (key.lastUsedAt ? when(key.lastUsedAt) : t("partners.neverUsed")) }] : []),
    { title: t("desk.actions"), cell: (key) => revoke(one, `/keys/${encodeURIComponent(key.keyPrefix)}`, key.keyPrefix, refresh) },
  ], one.keys);
  return h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("partners.keys")), h("div", { class: "actions" }, issue(one, "/keys", async (answer) => {
    await refresh();
    showOnce(t("partners.keys"), [[t("partners.apiKey"), answer.data.apiKey]]);
  }))), inside);
}

function identityKeys(one, refresh) {
  const inside = one.identityKeys.length === 0 ? h("p", { class: "hint" }, t("partners.noKeys")) : table(t("partners.identityKeys"), [
    { title: t("partners.identityKey"), cell: (key) => mono(key.identityApiKey) }, { title: t("partners.issued"), kind: "wide", cell: (key) => when(key.createdAt) },
    { title: t("desk.actions"), cell: (key) => revoke(one, `/identity-keys/${encodeURIComponent(key.identityApiKey)}`, key.identityApiKey, refresh) },
  ], one.identityKeys);
  return h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("partners.identityKeys")), h("div", { class: "actions" }, issue(one, "/identity-keys", async (answer) => {
    await refresh();
    showOnce(t("partners.identityKeys"), [[t("partners.identityApiKey"), answer.data.identityApiKey], [t("partners.identitySecret"), answer.data.identityApiSecret]]);
  }))), h("p", { class: "hint" }, t("partners.identityText")), inside);
}

function endpoint({ url, events, enabled, description, status, previousSecretExpiresAt }) {
  return card(t("partners.endpoint"), facts(
    [t("partners.url2"), url ? mono(url) : t("partners.noUrl")], [t("desk.status"), stateOf("endpoint", status.state)], status.since && [t("partners.sinceState"), when(status.since)],
    status.reason && [t("partners.because"), said(status.reason)], description && [t("partners.description"), exact(description)],
    previousSecretExpiresAt && [t("partners.oldSecret"), when(previousSecretExpiresAt)],
    [t("partners.events"), events.length > 0 ? events.map((one) => [mono(one), " "]) : t("setting.none")]));
}

export async function partnerView({ params, signal, refresh }) {
  const crumbs = [[t("partners.title"), to("partners")]];
  const answer = await call(routeOf(params.partnerId), {}, signal);
  if (!answer.ok) return [head({ title: exact(params.partnerId), crumbs }), problem(answer)];
  const one = answer.data;
  const id = one.partnerId;
  return [
    head({ title: exact(one.name), crumbs, badge: stateOf("partner", one.status), lead: [mono(id), " · ", t("desk.since"), " ", when(one.createdAt)], actions: [standing(one, refresh)] }),
    card(t("partners.more"), h("div", { class: "actions" }, [["reviews", "itsReviews"], ["deliveries", "itsDeliveries"], ["merges", "itsMerges"], ["blocked", "itsBlocked"], ["audit", "itsAudit"]].map(([path, key]) => link(t(`partners.${key}`), to(path, { partnerId: id }), "button")))),
    endpoint(one.endpoint),
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("partners.settings")), h("div", { class: "actions" }, button(t("partners.change"), () => changeSettings(one, refresh), "small"))), shown(one.settings)),
    keys(one, refresh),
    identityKeys(one, refresh),
  ];
}
