// Developers: keys of both APIs, what is used of the rate limits, and the log of requests.
import { h, exact } from "./dom.js";
import { t, say, when, number, milliseconds } from "./words.js";
import { head, card, button, link, empty, problem, notice, filters, longTable, table, field, form, submit, showErrors, block, toast, dialog, mono, badge, tabs, copyButton, confirm } from "./ui.js";
import { to, go } from "./shell.js";
import { call } from "./session.js";
import { pages } from "./shared.js";

say({
  "dev.title": ["Developers", "Desarrolladores"],
  "dev.lead": ["Your keys, what you use of the limits, and what your servers asked for.", "Tus claves, lo que usas de los límites, y lo que pidieron tus servidores."],
  "dev.keys": ["API keys", "Claves de API"],
  "dev.log": ["Requests", "Solicitudes"],
  "dev.limits": ["Rate limits", "Límites"],
  "dev.docs": ["Documentation", "Documentación"],
  "dev.keysText": ["They go in the header X-API-Key. Give each server and each person one of its own, so that you can take one away.", "Van en el encabezado X-API-Key. Da una propia a cada servidor y a cada persona, para poder quitar una."],
  "dev.identityKeys": ["Keys of the identity API", "Claves de la API de identidades"],
  "dev.identityKeysText": ["They sign requests under /eapi; the newest one signs KYC webhooks.", "Firman las solicitudes bajo /eapi; la más nueva firma los webhooks de KYC."],
  "dev.identityNone": ["No key of the identity API. Create one to sign requests with.", "Ninguna clave de la API de identidades. Crea una para firmar solicitudes."],
  "dev.signing": ["How to sign", "Cómo firmar"],
  "dev.create": ["Create a key", "Crear una clave"],
  "dev.createTitle": ["Create an API key", "Crear una clave de API"],
  "dev.createIdentity": ["Create a key of the identity API", "Crear una clave de la API de identidades"],
  "dev.name": ["Name", "Nombre"],
  "dev.nameHint": ["What it is for, so that you know it later.", "Para qué es, para reconocerla después."],
  "dev.key": ["Key", "Clave"],
  "dev.secret": ["Secret", "Secreto"],
  "dev.created": ["Created", "Creada"],
  "dev.used": ["Last used", "Último uso"],
  "dev.never": ["never", "nunca"],
  "dev.noName": ["without a name", "sin nombre"],
  "dev.current": ["This session", "Esta sesión"],
  "dev.action": ["Action", "Acción"],
  "dev.newKey": ["Your new key", "Tu nueva clave"],
  "dev.once": ["Copy it now: it is shown this once. Keep it in a secret store, never in code.", "Cópiala ahora: se muestra solo esta vez. Guárdala en un almacén de secretos, nunca en el código."],
  "dev.copied": ["I have copied it", "Ya la copié"],
  "dev.revoke": ["Revoke", "Revocar"],
  "dev.revokeOf": ["Revoke {key}", "Revocar {key}"],
  "dev.revokeTitle": ["Revoke this key?", "¿Revocar esta clave?"],
  "dev.revokeText": ["Requests with it are refused at once, and sessions that it began end. It cannot be taken back.", "Las solicitudes con ella se rechazan de inmediato, y las sesiones que inició terminan. No se puede deshacer."],
  "dev.revoked": ["The key is revoked.", "La clave fue revocada."],
  "error.KEY_IN_USE": ["You are signed in with this key, and a key cannot revoke itself. Sign in with another one first.", "Entraste con esta clave, y una clave no se puede revocar a sí misma. Entra primero con otra."],
  "error.TOO_MANY_KEYS": ["You have 20 keys already. Revoke those that are no longer used first.", "Ya tienes 20 claves. Revoca primero las que ya no se usan."],
  "dev.limitsText": ["Windows of {seconds} seconds. What this portal asks for has limits of its own.", "Ventanas de {seconds} segundos. Lo que pide este portal tiene límites propios."],
  "dev.limit": ["Limit", "Límite"],
  "dev.routes": ["Routes", "Rutas"],
  "dev.usedNow": ["Used now", "En uso"],
  "dev.resets": ["Window ends", "Fin de ventana"],
  "dev.allOther": ["every other route under /partner", "las demás rutas bajo /partner"],
  "dev.allSigned": ["every route under /eapi", "todas las rutas bajo /eapi"],
  "dev.of": ["{used} of {limit}", "{used} de {limit}"],
  "dev.logText": ["The last 24 hours, newest first. Never a query, a body or an id of a person; a request may be missing for a minute.", "Las últimas 24 horas, lo más nuevo primero. Nunca una consulta, un cuerpo o un id de persona; una solicitud puede faltar un minuto."],
  "dev.status": ["Status", "Estado"],
  "dev.code": ["Error code", "Código de error"],
  "dev.route": ["Route", "Ruta"],
  "dev.took": ["Took", "Tardó"],
  "dev.when": ["When", "Cuándo"],
  "dev.request": ["X-Request-Id", "X-Request-Id"],
  "dev.unknownRoute": ["no such route", "no existe"],
  "dev.logNone": ["No requests in 24 hours", "Ninguna solicitud en 24 horas"],
  "dev.logNoneText": ["Call the API with a key, and the request appears here within a minute.", "Llama a la API con una clave, y la solicitud aparecerá aquí en un minuto."],
  "dev.logNoneFit": ["No request fits these filters", "Ninguna solicitud cumple estos filtros"],
  "dev.logNoneFitText": ["A route is written with its placeholders, as /partner/links/{linkId}.", "Una ruta se escribe con sus marcadores, como /partner/links/{linkId}."],
  "dev.success": ["Success (2xx)", "Éxito (2xx)"],
  "dev.yours": ["Refused (4xx)", "Rechazadas (4xx)"],
  "dev.ours": ["Our fault (5xx)", "Falla nuestra (5xx)"],
  "dev.start": ["Quick start", "Inicio rápido"],
  "dev.reference": ["API reference", "Referencia de la API"],
  "dev.errors": ["Errors", "Errores"],
});

const top = (present) => [
  head({ title: t("dev.title"), lead: t("dev.lead"), actions: [link(t("dev.docs"), "/docs", "button"), link(t("dev.reference"), "/docs/reference/m2m", "button")] }),
  tabs(t("dev.title"), present, [["keys", t("dev.keys"), to("developers")], ["requests", t("dev.log"), to("developers/requests")], ["limits", t("dev.limits"), to("developers/limits")]]),
];

/** A form for a new key; what it answers is shown once and nowhere else. */
const create = (title, path, shown, refresh) => dialog(title, (close) => {
  const place = h("div");
  // One press is one key, however often its answer is lost on the way.
  const key = crypto.randomUUID();
  const content = h("div", { class: "stack" }, form(async ({ keyName }, element) => {
    const answer = await call("POST", path, { body: keyName ? { name: keyName } : {}, key });
    if (!answer.ok) {
      const left = showErrors(element, answer.details.map((detail) => ({ ...detail, field: detail.field === "name" ? "keyName" : detail.field })));
      if (left.length > 0 || answer.details.length === 0) place.replaceChildren(problem({ ...answer, details: left }));
      return;
    }
    const heading = h("h3", { tabindex: "-1" }, t("dev.newKey"));
    content.replaceChildren(heading, notice("warn", t("dev.once")), ...shown(answer.data).map(([label, value]) => block(value, { label })), h("div", { class: "actions" }, button(t("dev.copied"), () => { close(); refresh(); }, "primary")));
    heading.focus();
  }, field("keyName", { label: t("dev.name"), hint: t("dev.nameHint"), maxlength: 60 }), place, h("div", { class: "actions" }, submit(t("dev.create")), button(t("console.cancel"), close))));
  return content;
});

const revoke = (shown, path, refresh) => button(t("dev.revoke"), () => confirm(t("dev.revokeTitle"), [h("p", {}, mono(shown)), h("p", {}, t("dev.revokeText"))], t("dev.revoke"), async () => {
  const answer = await call("DELETE", path);
  if (!answer.ok) return answer;
  toast(t("dev.revoked"));
  refresh();
  return null;
}), "small danger", { "aria-label": t("dev.revokeOf", { key: shown }) });

const keyColumns = (shown, path, refresh) => [
  { title: t("dev.key"), cell: (one) => h("div", {}, one.name ? exact(one.name) : h("span", { class: "hint" }, t("dev.noName")), one.current && [" ", badge(t("dev.current"), "info")], h("div", {}, mono(shown(one)))) },
  { title: t("dev.created"), kind: "wide", cell: (one) => when(one.createdAt) },
  { title: t("dev.used"), cell: (one) => (one.lastUsedAt ? when(one.lastUsedAt) : t("dev.never")) },
  { title: t("dev.action"), cell: (one) => (one.current ? h("span", { class: "hint" }, "–") : revoke(shown(one), path(one), refresh)) },
];

export async function keysView({ refresh }) {
  const [keys, identityKeys] = await Promise.all([call("GET", "/partner/keys"), call("GET", "/partner/identity-keys")]);
  return [
    ...top("keys"),
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("dev.keys")), h("div", { class: "actions" }, button(t("dev.create"), () => create(t("dev.createTitle"), "/partner/keys", (made) => [[t("dev.key"), made.apiKey]], refresh), "primary"))),
      h("p", { class: "hint" }, t("dev.keysText")),
      keys.ok ? table(t("dev.keys"), keyColumns((one) => `${one.keyPrefix}…`, (one) => `/partner/keys/${encodeURIComponent(one.keyPrefix)}`, refresh), keys.data.items) : problem(keys, refresh)),
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, t("dev.identityKeys")), h("div", { class: "actions" }, button(t("dev.create"), () => create(t("dev.createIdentity"), "/partner/identity-keys", (made) => [[t("dev.key"), made.identityApiKey], [t("dev.secret"), made.identityApiSecret]], refresh), "", { "aria-label": t("dev.createIdentity") }))),
      h("p", { class: "hint" }, t("dev.identityKeysText"), " ", link(t("dev.signing"), "/docs/signing")),
      identityKeys.ok ? (identityKeys.data.items.length === 0 ? h("p", {}, t("dev.identityNone")) : table(t("dev.identityKeys"), keyColumns((one) => one.identityApiKey, (one) => `/partner/identity-keys/${encodeURIComponent(one.identityApiKey)}`, refresh), identityKeys.data.items)) : problem(identityKeys, refresh)),
  ];
}

const routesOf = (one) => {
  if (one.routes) return one.routes.map((route) => h("div", {}, mono(route)));
  return one.name === "identities" ? t("dev.allSigned") : t("dev.allOther");
};

export async function limitsView({ refresh }) {
  const answer = await call("GET", "/partner/rate-limits");
  if (!answer.ok) return [...top("limits"), problem(answer, refresh)];
  return [
    ...top("limits"),
    card(t("dev.limits"), h("p", { class: "hint" }, t("dev.limitsText", { seconds: answer.data.windowSeconds }), " ", link(t("dev.docs"), "/docs/rate-limits")), table(t("dev.limits"), [
      { title: t("dev.limit"), cell: (one) => mono(one.name) },
      { title: t("dev.routes"), kind: "wide", cell: routesOf },
      { title: t("dev.usedNow"), cell: (one) => h("div", {}, t("dev.of", { used: number(one.used), limit: number(one.limit) }), h("progress", { max: one.limit, value: one.used, "aria-label": one.name })) },
      { title: t("dev.resets"), cell: (one) => (one.resetsAt ? when(one.resetsAt, { seconds: true }) : null) },
    ], answer.data.items)),
  ];
}

export async function requestsView({ query }) {
  const isFiltered = Object.values(query).some(Boolean);
  const list = await longTable({
    caption: t("dev.log"),
    columns: [
      { title: t("dev.route"), cell: (one) => h("span", {}, mono(one.method), " ", one.route ? mono(one.route) : h("span", { class: "hint" }, t("dev.unknownRoute"))) },
      { title: t("dev.status"), cell: (one) => h("div", {}, badge(one.status, one.status < 300 ? "good" : one.status < 500 ? "warn" : "bad"), one.code && h("div", { class: "hint" }, exact(one.code))) },
      { title: t("dev.took"), kind: "number wide", cell: (one) => milliseconds(one.durationMs) },
      { title: t("dev.request"), kind: "wide", cell: (one) => h("span", { class: "copyable" }, h("code", { translate: "no", title: one.requestId }, one.requestId.length > 10 ? `${one.requestId.slice(0, 8)}…` : one.requestId), copyButton(one.requestId, t("dev.request"))) },
      { title: t("dev.when"), cell: (one) => when(one.at, { seconds: true }) },
    ],
    load: pages("/partner/requests", query),
    none: isFiltered ? empty(t("dev.logNoneFit"), t("dev.logNoneFitText", { linkId: "{linkId}" }), link(t("console.reset"), to("developers/requests"), "button")) : empty(t("dev.logNone"), t("dev.logNoneText"), link(t("dev.start"), "/docs/quick-start", "button")),
  });
  return [
    ...top("requests"),
    h("p", { class: "hint" }, t("dev.logText"), " ", link(t("dev.errors"), "/docs/errors")),
    filters([
      ["status", { label: t("dev.status"), control: "select", options: [["", t("console.any")], ["2xx", t("dev.success")], ["4xx", t("dev.yours")], ["5xx", t("dev.ours")]] }],
      ["code", { label: t("dev.code"), maxlength: 60, spellcheck: "false" }],
      ["route", { label: t("dev.route"), maxlength: 120, spellcheck: "false" }],
    ], { present: query, go: (values) => go("developers/requests", values) }),
    list,
  ];
}
