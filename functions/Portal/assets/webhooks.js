// Webhooks: the endpoint and what can be tried with it, deliveries with their attempts, replays, the events.
import { h, exact } from "./dom.js";
import { t, say, when, name, number, milliseconds, startOf, endOf, knows, language } from "./words.js";
import { head, card, facts, copyable, button, link, empty, problem, notice, filters, longTable, field, form, submit, showErrors, block, toast, dialog, mono, badge, tabs, announce } from "./ui.js";
import { to, go } from "./shell.js";
import { sentence } from "./api.js";
import { call } from "./session.js";
import { told, said } from "./told.js";
import { stateOf, pages, deliveryColumns, linkTo, eventName, took } from "./shared.js";

say({
  "hooks.title": ["Webhooks", "Webhooks"],
  "hooks.endpoint": ["Endpoint", "Endpoint"],
  "hooks.deliveries": ["Deliveries", "Entregas"],
  "hooks.events": ["Events", "Eventos"],
  "hooks.lead": ["Where we tell your server what happened, signed, and again until it answers 2xx.", "Donde avisamos a tu servidor de lo que pasó, con firma, y otra vez hasta que responda 2xx."],
  "hooks.url": ["URL", "URL"],
  "hooks.urlHint": ["An https address of a public host, on port 443 or 8443.", "Una dirección https de un host público, en el puerto 443 u 8443."],
  "hooks.description": ["Note", "Nota"],
  "hooks.enabled": ["Send webhooks to this URL", "Enviar webhooks a esta URL"],
  "hooks.which": ["Which events are sent", "Qué eventos se envían"],
  "hooks.save": ["Save", "Guardar"],
  "hooks.saved": ["The endpoint is saved.", "El endpoint está guardado."],
  "hooks.noUrl": ["No URL yet", "Aún sin URL"],
  "hooks.noUrlText": ["Nothing is sent until you set one, except for links with a callback URL of their own.", "No se envía nada hasta que pongas una, salvo por enlaces con su propia URL de retorno."],
  "hooks.since": ["since", "desde"],
  "hooks.state": ["State", "Estado"],
  "hooks.secrets": ["Earlier secret signs until", "El secreto anterior firma hasta"],
  "hooks.whyFailing": ["Deliveries fail. See what your server answers, mend it, then replay what failed.", "Las entregas fallan. Mira qué responde tu servidor, corrígelo y reenvía lo que falló."],
  "hooks.whyDisabled": ["Your server answered 410 (gone), so nothing is sent any more.", "Tu servidor respondió 410 (ya no existe), así que no se envía nada."],
  "hooks.whyPaused": ["It was switched off: nothing is sent.", "Fue apagado: no se envía nada."],
  "hooks.lost": ["What happens meanwhile is not sent later either, and GET /partner/events does not list it. Only links with a callback URL of their own go on.", "Lo que pase mientras tanto tampoco se enviará después, ni aparece en GET /partner/events. Solo siguen los enlaces con su propia URL de retorno."],
  "hooks.switchOn": ["Switch on", "Activar"],
  "hooks.seeDeliveries": ["See what your server answered", "Ver qué respondió tu servidor"],
  "state.healthy": ["Healthy", "Sano"], "state.failing": ["Failing", "Con fallos"], "state.paused": ["Switched off", "Apagado"], "state.disabled": ["Disabled", "Desactivado"], "state.none": ["No URL", "Sin URL"],
  "hooks.try": ["Try it", "Pruébalo"],
  "hooks.tryText": ["A test sends one webhook and shows what came back. A probe sends five, good and bad, and tells whether your verification holds.", "Una prueba envía un webhook y muestra qué volvió. Un sondeo envía cinco, buenos y malos, y dice si tu verificación aguanta."],
  "hooks.test": ["Send a test", "Enviar prueba"],
  "hooks.probe": ["Probe", "Sondear"],
  "hooks.testOk": ["Delivered: your server answered {status} in {time}.", "Entregado: tu servidor respondió {status} en {time}."],
  "hooks.testBad": ["Not delivered: {why} ({time}).", "No entregado: {why} ({time})."],
  "hooks.answered": ["it answered {status}", "respondió {status}"],
  "hooks.answer": ["Answer", "Respuesta"],
  "verdict.conformant": ["Your endpoint does everything right.", "Tu endpoint lo hace todo bien."],
  "verdict.not_conformant": ["Your endpoint does {passed} of {all} right. What to mend is below.", "Tu endpoint hace bien {passed} de {all}. Abajo está qué corregir."],
  "verdict.unreachable": ["Your endpoint could not be reached.", "No se pudo llegar a tu endpoint."],
  "probe.valid": ["A correctly signed endpoint.test", "Un endpoint.test con firma correcta"],
  "probe.tampered_body": ["An endpoint.test whose body was changed after signing", "Un endpoint.test cuyo cuerpo cambió después de firmarlo"],
  "probe.wrong_secret": ["An endpoint.test signed with a secret that is not yours", "Un endpoint.test firmado con un secreto que no es el tuyo"],
  "probe.old_timestamp": ["An endpoint.test that was correctly signed ten minutes ago", "Un endpoint.test con firma correcta de hace diez minutos"],
  "probe.duplicate": ["The valid endpoint.test once more, with the same webhook-id", "El endpoint.test válido otra vez, con el mismo webhook-id"],
  "probe.success": ["any 2xx", "cualquier 2xx"],
  "probe.refusal": ["400 or 401 (any 4xx but 408, 410 and 429)", "400 o 401 (cualquier 4xx salvo 408, 410 y 429)"],
  "probe.silent": ["Make the endpoint answer within {seconds} seconds: this time there was no usable answer.", "Haz que el endpoint responda en {seconds} segundos: esta vez no hubo respuesta utilizable."],
  "probe.redirect": ["Answer at the URL that is configured: redirects are not followed.", "Responde en la URL configurada: no se siguen las redirecciones."],
  "probe.valid.advice": ["Answer 2xx to a delivery that verifies, also to an event that you do not know: check the secret, and that you verify the raw body before anything parses it.", "Responde 2xx a una entrega que se verifica, también a un evento que no conoces: revisa el secreto, y que verificas el cuerpo tal cual antes de que algo lo interprete."],
  "probe.tampered_body.advice": ["Compute the signature over the raw body, compare it in constant time, and refuse when it differs.", "Calcula la firma sobre el cuerpo tal cual, compárala en tiempo constante y rechaza si difiere."],
  "probe.wrong_secret.advice": ["Compare the signature with the one that you compute with your own secret, and refuse when it differs.", "Compara la firma con la que calculas con tu propio secreto y rechaza si difiere."],
  "probe.old_timestamp.advice": ["Refuse a timestamp that is more than five minutes from your clock: else a recorded delivery can be played back at any time.", "Rechaza una marca de tiempo a más de cinco minutos de tu reloj: si no, una entrega grabada se puede repetir cuando sea."],
  "probe.duplicate.advice": ["Answer 2xx to a webhook-id that you know, and do nothing: an error makes us send it again.", "Responde 2xx a un webhook-id que ya conoces y no hagas nada: con un error lo enviamos otra vez."],
  "probe.duplicate.note": ["Whether it was processed twice cannot be seen from outside: remember each webhook-id together with what it changed.", "Desde fuera no se ve si se procesó dos veces: guarda cada webhook-id junto con lo que cambió."],
  "hooks.expected": ["right is", "lo correcto"],
  "hooks.came": ["it was", "fue"],
  "hooks.right": ["Right", "Bien"],
  "hooks.wrong": ["Wrong", "Mal"],
  "hooks.secret": ["Signing secret", "Secreto de firma"],
  "hooks.secretText": ["It proves that a webhook is ours. It was shown once; rotate it when it may have been seen by others. The old one goes on to sign beside the new one for as long as you choose, so nothing is lost.", "Prueba que un webhook es nuestro. Se mostró una vez; cámbialo si otros pudieron verlo. El anterior sigue firmando junto al nuevo el tiempo que elijas, así no se pierde nada."],
  "hooks.rotate": ["Rotate the secret", "Cambiar el secreto"],
  "hooks.overlap": ["Hours that the old one goes on to sign", "Horas que el anterior sigue firmando"],
  "hooks.overlapHint": ["0 ends it at once; at most 168.", "0 lo termina de inmediato; máximo 168."],
  "hooks.newSecret": ["Your new secret", "Tu nuevo secreto"],
  "hooks.newSecretText": ["Copy it now: it cannot be shown again.", "Cópialo ahora: no se puede volver a mostrar."],
  "hooks.done": ["I have copied it", "Ya lo copié"],
  "error.NO_WEBHOOK_URL": ["There is no URL to send to: set one, and switch the endpoint on.", "No hay URL a la que enviar: pon una y activa el endpoint."],
  "error.TOO_MANY_SECRETS": ["Four earlier secrets still sign. Rotate again once the first of them has ended.", "Aún firman cuatro secretos anteriores. Cámbialo otra vez cuando termine el primero."],
  "error.DELIVERY_PENDING": ["It is being sent at this moment. Look again shortly.", "Se está enviando en este momento. Mira otra vez en un momento."],
  "hooks.from": ["From", "Desde"],
  "hooks.to": ["Until", "Hasta"],
  "hooks.link": ["Link id", "Id del enlace"],
  "hooks.none": ["Nothing was sent yet", "Aún no se envió nada"],
  "hooks.noneText": ["Set an endpoint, create a link, and its webhooks appear here with every attempt.", "Configura un endpoint, crea un enlace, y sus webhooks aparecerán aquí con cada intento."],
  "hooks.noneFit": ["No delivery fits", "Ninguna entrega coincide"],
  "hooks.noneFitText": ["Without dates, the last 30 days are searched.", "Sin fechas se buscan los últimos 30 días."],
  "hooks.replay": ["Replay", "Reenviar"],
  "hooks.sendNow": ["Send now", "Enviar ahora"],
  "hooks.replayMany": ["Replay failed deliveries", "Reenviar entregas fallidas"],
  "hooks.replayed": ["It is being sent again.", "Se está enviando de nuevo."],
  "hooks.sending": ["It is being sent now.", "Se está enviando ahora."],
  "hooks.replayText": ["Each is sent again with the same body and webhook-id. Your receiver may get an event twice: it should act on each webhook-id once.", "Cada una se envía de nuevo con el mismo cuerpo y webhook-id. Tu receptor puede recibir un evento dos veces: debe actuar una sola vez por webhook-id."],
  "hooks.whichOnes": ["Which ones", "Cuáles"],
  "hooks.failedSince": ["All that have failed since", "Todas las que fallaron desde"],
  "hooks.allOf": ["All that were created from … until", "Todas las creadas desde … hasta"],
  "hooks.whichDay": ["From 0:00 of that day in your time zone ({zone}). A failed delivery counts by its last failed attempt, all others by when the event happened.", "Desde las 0:00 de ese día en tu zona horaria ({zone}). Una entrega fallida cuenta por su último intento fallido; las demás, por cuándo ocurrió el evento."],
  "hooks.begin": ["Begin", "Empezar"],
  "hooks.progress": ["Replay", "Reenvío"],
  "hooks.progressLead": ["It goes on when you leave this page.", "Sigue aunque salgas de esta página."],
  "hooks.found": ["Found", "Encontradas"],
  "hooks.sentAgain": ["Queued again", "De nuevo en cola"],
  "hooks.left": ["Those that were not queued are being sent at this moment, or have nowhere to go: no URL, or the endpoint is off.", "Las que no se pusieron en cola se están enviando ahora, o no tienen adónde ir: no hay URL o el endpoint está apagado."],
  "hooks.queuedText": ["They are sent one after the other. Queued does not mean that your server took them.", "Se envían una tras otra. En cola no significa que tu servidor las aceptó."],
  "hooks.again": ["Failed again", "Fallaron otra vez"],
  "hooks.waiting": ["Waiting, or for the next attempt", "En espera, o del próximo intento"],
  "hooks.ofReplay": ["Deliveries of this replay", "Entregas de este reenvío"],
  "hooks.replayId": ["Id of the replay", "Id del reenvío"],
  "hooks.lookAgain": ["Look again", "Mirar de nuevo"],
  "replay.running": ["Under way", "En curso"], "replay.queued": ["Queued again", "De nuevo en cola"], "replay.failed": ["Ended early: begin another one", "Terminó antes: empieza otro"],
  "replay.delivered": ["Delivered", "Entregadas"], "replay.refused": ["Not all were delivered", "No todas se entregaron"], "replay.nothing": ["Nothing to send again", "Nada que reenviar"],
  "hooks.delivery": ["Delivery", "Entrega"],
  "hooks.id": ["webhook-id", "webhook-id"],
  "hooks.goesTo": ["Goes to", "Va a"],
  "hooks.happened": ["Happened", "Ocurrió"],
  "hooks.next": ["Next attempt", "Próximo intento"],
  "hooks.note": ["Note", "Nota"],
  "hooks.attempts": ["Attempts", "Intentos"],
  "hooks.attempt": ["Attempt {number}", "Intento {number}"],
  "hooks.noAttempts": ["No attempt was made yet", "Aún no se hizo ningún intento"],
  "hooks.noAttemptsText": ["It waits for its turn. Reload the page in a moment.", "Espera su turno. Recarga la página en un momento."],
  "hooks.noAttemptsLeft": ["None is to come, either.", "Tampoco habrá ninguno."],
  "hooks.request": ["Request headers", "Encabezados enviados"],
  "hooks.noAnswer": ["No answer", "Sin respuesta"],
  "hooks.cycle": ["Replay {number}", "Reenvío {number}"],
  "hooks.body": ["Body", "Cuerpo"],
  "hooks.catalogue": ["Every event that we send, with an example that was really exchanged.", "Cada evento que enviamos, con un ejemplo que se intercambió de verdad."],
  "hooks.subscribed": ["Subscribed", "Suscrito"],
  "hooks.notSubscribed": ["Not subscribed", "No suscrito"],
  "hooks.onRequest": ["When you test", "Al probar"],
  "hooks.bySetting": ["By a setting", "Por un ajuste"],
  "hooks.verify": ["Verify what arrives", "Verifica lo que llega"],
  "hooks.verifyText": ["Over the exact bytes of the body, before you parse it. Each webhook carries both signatures; one of them is enough.", "Sobre los bytes exactos del cuerpo, antes de leerlo. Cada webhook lleva ambas firmas; basta una."],
  "hooks.guide": ["The whole guide", "La guía completa"],
  "hooks.snippet": ["Language", "Lenguaje"],
});

const endpointTones = { healthy: "good", failing: "bad", disabled: "bad", paused: "warn", none: "warn" };
const stateOfEndpoint = (endpoint) => (endpoint.url ? endpoint.status.state : "none");
const stateBadge = (endpoint) => badge(name("state", stateOfEndpoint(endpoint)), endpointTones[stateOfEndpoint(endpoint)]);

const top = (present, options) => [
  head({ title: t("hooks.title"), lead: t("hooks.lead"), ...options }),
  tabs(t("hooks.title"), present, [["endpoint", t("hooks.endpoint"), to("webhooks")], ["deliveries", t("hooks.deliveries"), to("webhooks/deliveries")], ["events", t("hooks.events"), to("webhooks/events")]]),
];

/** The events that can be subscribed to, those that are on by default first. */
const events = ["link.created", "link.opened", "user.data_request", "operation.created", "operation.cancelled", "link.in_progress", "link.completed", "link.expired", "link.revoked", "user.data_request.fulfilled", "user.data_request.expired", "user.status_changed", "operation.completed", "operation.failed"];

const troubles = { failing: "hooks.whyFailing", disabled: "hooks.whyDisabled", paused: "hooks.whyPaused" };

/** The same as ticking the box and saving. */
async function switchOn(refresh) {
  const answer = await call("PATCH", "/partner/webhooks/endpoint", { body: { enabled: true } });
  toast(answer.ok ? t("hooks.saved") : sentence(answer));
  if (answer.ok) await refresh();
}

function health(endpoint, refresh) {
  if (!endpoint.url) return notice("warn", h("strong", {}, t("hooks.noUrl")), h("p", {}, t("hooks.noUrlText")));
  const { state, reason, since } = endpoint.status;
  if (!troubles[state]) return null;
  return notice(state === "paused" ? "warn" : "bad", h("strong", {}, name("state", state), since && [" ", t("hooks.since"), " ", when(since)], reason && [": ", said(reason)]), h("p", {}, t(troubles[state])),
    state === "failing" ? link(t("hooks.seeDeliveries"), to("webhooks/deliveries")) : [h("p", {}, t("hooks.lost")), button(t("hooks.switchOn"), () => switchOn(refresh))]);
}

const editor = (endpoint, refresh) => {
  const place = h("div");
  return form(async (values, element) => {
    const chosen = events.filter((event) => values[event]);
    const body = { url: values.url || null, description: values.description || null, enabled: values.enabled, events: chosen };
    const answer = await call("PATCH", "/partner/webhooks/endpoint", { body });
    const left = answer.ok ? [] : showErrors(element, answer.details);
    place.replaceChildren(...(answer.ok || (answer.details.length > 0 && left.length === 0) ? [] : [problem({ ...answer, details: left })]));
    if (!answer.ok) return;
    toast(t("hooks.saved"));
    refresh();
  },
  field("url", { label: t("hooks.url"), hint: t("hooks.urlHint"), type: "url", value: endpoint.url ?? "", maxlength: 2048, spellcheck: "false" }),
  field("description", { label: t("hooks.description"), value: endpoint.description ?? "", maxlength: 200 }),
  field("enabled", { label: t("hooks.enabled"), check: true, value: endpoint.enabled }),
  h("fieldset", {}, h("legend", {}, t("hooks.which")), h("div", { class: "grid" }, events.map((event) => field(event, { label: mono(event), hint: eventName(event), check: true, value: endpoint.events.includes(event) })))),
  place, h("div", { class: "actions" }, submit(t("hooks.save"))));
};

function testResult(answer) {
  if (!answer.ok) return problem(answer);
  const one = answer.data;
  const time = milliseconds(one.durationMs);
  const text = one.delivered ? t("hooks.testOk", { status: one.status, time }) : t("hooks.testBad", { why: one.error ? told(one.error) : t("hooks.answered", { status: one.status }), time });
  announce(text);
  return h("div", { class: "stack" }, notice(one.delivered ? "good" : "bad", h("p", {}, text)), one.answer && block(one.answer, { label: t("hooks.answer") }));
}

function probeResult(answer) {
  if (!answer.ok) return problem(answer);
  const { verdict, passed, cases } = answer.data;
  const text = t(`verdict.${verdict}`, { passed, all: cases.length });
  announce(text);
  return h("div", { class: "stack" }, notice(verdict === "conformant" ? "good" : "bad", h("p", {}, text)), h("ul", { class: "rows" }, cases.map((one) => h("li", {},
    h("p", {}, badge(t(one.passed ? "hooks.right" : "hooks.wrong"), one.passed ? "good" : "bad"), " ", name("probe", one.case)),
    h("p", { class: "hint" }, t("hooks.expected"), ": ", t(refused.has(one.case) ? "probe.refusal" : "probe.success"), " · ", t("hooks.came"), ": ", one.status ?? said(one.error ?? ""), " (", took(one), ")"),
    one.advice && h("p", {}, adviceOn(one))))));
}

/** The cases that a correct receiver refuses. */
const refused = new Set(["tampered_body", "wrong_secret", "old_timestamp"]);

/** What to do, as the API says it in English. */
function adviceOn(one) {
  if (one.passed) return t(`probe.${one.case}.note`);
  if (!one.status) return t("probe.silent", { seconds: 5 });
  return t(one.status >= 300 && one.status < 400 ? "probe.redirect" : `probe.${one.case}.advice`);
}

const rotate = (refresh) => dialog(t("hooks.rotate"), (close) => {
  const place = h("div");
  // One press is one rotation, however often its answer is lost on the way.
  const key = crypto.randomUUID();
  const content = h("div", { class: "stack" }, h("p", {}, t("hooks.secretText")), form(async ({ overlapHours }, element) => {
    const answer = await call("POST", "/partner/webhooks/endpoint/rotate-secret", { body: { overlapHours: Number(overlapHours) }, key });
    if (!answer.ok) { const left = showErrors(element, answer.details); if (left.length > 0 || answer.details.length === 0) place.replaceChildren(problem({ ...answer, details: left })); return; }
    const title = h("h3", { tabindex: "-1" }, t("hooks.newSecret"));
    content.replaceChildren(title, notice("warn", t("hooks.newSecretText")), block(answer.data.webhookSecret, { label: t("hooks.newSecret") }),
      facts(answer.data.previousSecretExpiresAt && [t("hooks.secrets"), when(answer.data.previousSecretExpiresAt)]), h("div", { class: "actions" }, button(t("hooks.done"), () => { close(); refresh(); }, "primary")));
    title.focus();
  }, field("overlapHours", { label: t("hooks.overlap"), hint: t("hooks.overlapHint"), type: "number", min: 0, max: 168, value: "24" }), place,
  h("div", { class: "actions" }, submit(t("hooks.rotate")), button(t("console.cancel"), close))));
  return content;
});

export async function endpointView({ refresh }) {
  const answer = await call("GET", "/partner/webhooks/endpoint");
  if (!answer.ok) return [...top("endpoint"), problem(answer, refresh)];
  const endpoint = answer.data;
  const result = h("div");
  const attempt = (path, show) => async () => result.replaceChildren(show(await call("POST", path)));
  return [
    ...top("endpoint", { badge: stateBadge(endpoint) }),
    health(endpoint, refresh),
    h("div", { class: "pair wide-left" },
      card(t("hooks.endpoint"), editor(endpoint, refresh)),
      h("div", { class: "stack" },
        card(t("hooks.try"), h("p", { class: "hint" }, t("hooks.tryText")), h("div", { class: "actions" }, button(t("hooks.test"), attempt("/partner/webhooks/endpoint/test", testResult)), button(t("hooks.probe"), attempt("/partner/webhooks/endpoint/probe", probeResult))), result),
        card(t("hooks.secret"), h("p", { class: "hint" }, t("hooks.secretText")), facts(endpoint.previousSecretExpiresAt && [t("hooks.secrets"), when(endpoint.previousSecretExpiresAt)]), h("div", { class: "actions" }, button(t("hooks.rotate"), () => rotate(refresh)))))),
  ];
}

const replayMany = () => dialog(t("hooks.replayMany"), (close) => {
  const place = h("div");
  const key = crypto.randomUUID();
  const yesterday = new Date(Date.now() - 86_400_000);
  const local = (moment) => `${moment.getFullYear()}-${String(moment.getMonth() + 1).padStart(2, "0")}-${String(moment.getDate()).padStart(2, "0")}`;
  const until = field("replayTo", { label: t("hooks.to"), type: "date", value: local(new Date()) });
  until.hidden = true;
  const which = field("which", { label: t("hooks.whichOnes"), control: "select", options: [["failed", t("hooks.failedSince")], ["all", t("hooks.allOf")]], value: "failed" });
  which.querySelector("select").addEventListener("change", (event) => { until.hidden = event.target.value === "failed"; });
  return [h("p", {}, t("hooks.replayText")), form(async (values, element) => {
    if (!values.replayFrom) { showErrors(element, [{ field: "replayFrom", message: t("console.required") }]); return; }
    const body = values.which === "failed" ? { failedSince: startOf(values.replayFrom) } : { from: startOf(values.replayFrom), ...(values.replayTo ? { to: endOf(values.replayTo) } : {}) };
    const answer = await call("POST", "/partner/webhooks/deliveries/replay", { body, key });
    if (!answer.ok) { place.replaceChildren(problem(answer)); return; }
    close();
    // What failed since a day happened at most a day before.
    const oldest = new Date(`${values.replayFrom}T12:00:00`);
    if (values.which === "failed") oldest.setDate(oldest.getDate() - 1);
    go(`webhooks/replays/${encodeURIComponent(answer.data.operationId)}`, { from: local(oldest) });
  }, which, field("replayFrom", { label: t("hooks.from"), hint: t("hooks.whichDay", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone }), type: "date", value: local(yesterday) }), until, place,
  h("div", { class: "actions" }, submit(t("hooks.begin")), button(t("console.cancel"), close)))];
});

export async function deliveriesView({ query }) {
  const asked = { ...query, from: startOf(query.from), to: endOf(query.to) };
  const isFiltered = Object.values(query).some(Boolean);
  const list = await longTable({
    caption: t("hooks.deliveries"), columns: deliveryColumns(), load: pages("/partner/webhooks/deliveries", asked),
    none: isFiltered ? empty(t("hooks.noneFit"), t("hooks.noneFitText"), link(t("console.reset"), to("webhooks/deliveries"), "button")) : empty(t("hooks.none"), t("hooks.noneText"), link(t("hooks.endpoint"), to("webhooks"), "button primary")),
  });
  const options = (set, values) => [["", t("console.any")], ...values.map((value) => [value, set ? name(set, value) : value])];
  return [
    ...top("deliveries", { actions: [button(t("hooks.replayMany"), replayMany)] }),
    filters([
      ["status", { label: t("col.status"), control: "select", options: options("delivery", ["pending", "delivered", "failed", "superseded"]) }],
      ["event", { label: t("col.event"), control: "select", options: options(null, [...events, "kyc"]) }],
      ["linkId", { label: t("hooks.link"), spellcheck: "false" }],
      ...(query.replayId ? [["replayId", { label: t("hooks.replayId"), spellcheck: "false" }]] : []),
      ["from", { label: t("hooks.from"), type: "date" }],
      ["to", { label: t("hooks.to"), type: "date" }],
    ], { present: query, go: (values) => go("webhooks/deliveries", values) }),
    list,
  ];
}

const attemptView = (one) => h("li", {},
  h("span", { class: "what" }, t("hooks.attempt", { number: one.number }), " ", one.status ? badge(one.status, one.status < 300 ? "good" : "bad") : badge(t("hooks.noAnswer"), "bad"), one.cycle > 1 && [" ", badge(t("hooks.cycle", { number: one.cycle - 1 }), "quiet")]),
  h("span", { class: "hint" }, when(one.at, { seconds: true }), " · ", took(one)),
  one.error && h("span", {}, said(one.error)), one.note && h("span", {}, said(one.note)),
  one.headers && h("details", {}, h("summary", {}, t("hooks.request")), block(Object.entries(one.headers).map(([header, value]) => `${header}: ${value}`).join("\n"), { label: t("hooks.request") })),
  one.answer && h("details", {}, h("summary", {}, t("hooks.answer")), block(one.answer, { label: t("hooks.answer") })));

const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** The id before this one, which is a place in their order. */
function before(id) {
  const characters = [...id];
  for (let place = characters.length - 1; place > 3; place--) {
    const value = digits.indexOf(characters[place]);
    characters[place] = value > 0 ? digits[value - 1] : digits.at(-1);
    if (value > 0) break;
  }
  return characters.join("");
}

/** The exact body that is sent: the event of that id. */
async function bodyOf(id) {
  const answer = await call("GET", "/partner/events", { query: { after: before(id), limit: 1 } });
  const event = answer.data?.items?.[0];
  return event?.id === id ? event.body : null;
}

function readable(body) {
  try { return JSON.stringify(JSON.parse(body), null, 2); } catch { return body; }
}

export async function deliveryView({ params, refresh }) {
  const crumbs = [[t("hooks.title"), to("webhooks")], [t("hooks.deliveries"), to("webhooks/deliveries")]];
  const answer = await call("GET", `/partner/webhooks/deliveries/${encodeURIComponent(params.deliveryId)}`);
  if (!answer.ok) return [head({ title: t("hooks.delivery"), crumbs }), problem(answer, answer.status === 404 ? null : refresh)];
  const one = answer.data;
  const body = await bodyOf(one.deliveryId);
  const key = crypto.randomUUID();
  const waits = one.status === "pending";
  const replay = async () => {
    const sent = await call("POST", `/partner/webhooks/deliveries/${encodeURIComponent(one.deliveryId)}/replay`, { key });
    toast(sent.ok ? t(waits ? "hooks.sending" : "hooks.replayed") : sentence(sent));
    if (sent.ok) await refresh();
  };
  return [
    head({ title: one.event, crumbs, badge: stateOf("delivery", one.status), lead: eventName(one.event), actions: [button(t(waits ? "hooks.sendNow" : "hooks.replay"), replay, "primary")] }),
    card(null, facts([t("hooks.id"), copyable(one.deliveryId, t("hooks.id"))], [t("hooks.goesTo"), mono(one.url)], one.linkId && [t("hooks.link"), linkTo(one.linkId)], [t("hooks.happened"), when(one.createdAt, { seconds: true })],
      one.nextAttemptAt && [t("hooks.next"), when(one.nextAttemptAt, { seconds: true })], [t("hooks.note"), one.note && said(one.note)])),
    h("div", { class: "pair" },
      card(t("hooks.attempts"), one.attempts.length === 0 ? empty(t("hooks.noAttempts"), t(one.status === "pending" ? "hooks.noAttemptsText" : "hooks.noAttemptsLeft")) : h("ol", { class: "timeline" }, [...one.attempts].reverse().map(attemptView))),
      body && card(t("hooks.body"), block(readable(body), { label: "application/json" }))),
  ];
}

/** How the deliveries of a replay stand; null where there are more than one look tells. */
async function outcomeOf(query) {
  const answer = await call("GET", "/partner/webhooks/deliveries", { query: { ...query, from: startOf(query.from), limit: 100 } });
  if (!answer.ok || answer.data.nextCursor) return null;
  const count = (status) => answer.data.items.filter((one) => one.status === status).length;
  return { pending: count("pending"), delivered: count("delivered"), failed: count("failed"), all: answer.data.items.length };
}

/** In a word, and its tone: that all are queued does not say that any arrived. */
function standingOf({ status, replayed }, outcome) {
  if (status === "running") return ["running", "info"];
  if (status === "failed") return ["failed", "bad"];
  if (replayed === 0) return ["nothing", "quiet"];
  if (!outcome || outcome.pending > 0 || outcome.all === 0) return ["queued", "info"];
  return outcome.delivered < outcome.all ? ["refused", "bad"] : ["delivered", "good"];
}

export async function replayView({ params, query, signal, refresh }) {
  const crumbs = [[t("hooks.title"), to("webhooks")], [t("hooks.deliveries"), to("webhooks/deliveries")]];
  const path = `/partner/webhooks/replays/${encodeURIComponent(params.replayId)}`;
  const asked = { replayId: params.replayId, from: query.from };
  const look = async () => {
    const answer = await call("GET", path);
    return { answer, outcome: answer.ok && answer.data.status !== "running" && answer.data.replayed > 0 ? await outcomeOf(asked) : null };
  };
  const first = await look();
  if (!first.answer.ok) return [head({ title: t("hooks.progress"), crumbs }), problem(first.answer, first.answer.status === 404 ? null : refresh)];
  const place = h("div", { class: "stack" });
  let shown;
  const show = (one, outcome) => {
    const [standing, tone] = standingOf(one, outcome);
    // What has not changed stays, and with it the focus.
    const text = JSON.stringify([one, outcome]);
    if (text === shown) return standing;
    shown = text;
    place.replaceChildren(...[
      h("p", { role: "status" }, badge(t(`replay.${standing}`), tone)),
      standing === "running" && h("progress", { "aria-label": t("hooks.progress") }),
      standing === "queued" && h("p", { class: "hint" }, t("hooks.queuedText")),
      facts([t("hooks.found"), number(one.found)], [t("hooks.sentAgain"), number(one.replayed)],
        outcome && [t("replay.delivered"), number(outcome.delivered)], outcome && [t("hooks.again"), number(outcome.failed)], outcome && [t("hooks.waiting"), number(outcome.pending)]),
      one.found > one.replayed && one.status !== "running" && h("p", { class: "hint" }, t("hooks.left")),
      h("div", { class: "actions" }, one.replayed > 0 && link(t("hooks.ofReplay"), to("webhooks/deliveries", asked), "button"), standing === "queued" && button(t("hooks.lookAgain"), refresh)),
    ].filter(Boolean));
    return standing;
  };
  // Looks again until it has ended or the reader has left; for the deliveries, whose attempts may be hours apart, only a while.
  let standing = show(first.answer.data, first.outcome);
  (async () => {
    for (let looks = 0; standing === "running" || (standing === "queued" && looks < 10); looks += standing === "queued" ? 1 : 0) {
      await new Promise((done) => setTimeout(done, 1500));
      if (signal.aborted) return;
      const { answer, outcome } = await look();
      if (signal.aborted) return;
      if (answer.ok) standing = show(answer.data, outcome);
    }
  })();
  return [head({ title: t("hooks.progress"), crumbs, lead: t("hooks.progressLead") }), card(null, facts(["Id", copyable(params.replayId, "Id")]), place)];
}

/** The example of an event: the first that the API's document shows. */
const exampleOf = (webhook) => Object.values(webhook.post.requestBody.content["application/json"].examples ?? {})[0]?.value;

const subscription = (event, endpoint) => {
  if (event === "endpoint.test") return badge(t("hooks.onRequest"), "quiet");
  if (event === "kyc") return badge(t("hooks.bySetting"), "quiet");
  return endpoint?.events.includes(event) ? badge(t("hooks.subscribed"), "good") : badge(t("hooks.notSubscribed"), "quiet");
};

function snippets(all) {
  const languages = Object.keys(all);
  let show;
  const place = block(all[languages[0]], { label: t("hooks.verify"), update: (update) => { show = update; } });
  const choice = field("snippet", { label: t("hooks.snippet"), control: "select", options: languages.map((language) => [language, language]), value: languages[0] });
  choice.querySelector("select").addEventListener("change", (event) => show(all[event.target.value]));
  return card(t("hooks.verify"), h("p", { class: "hint" }, t("hooks.verifyText")), choice, place, h("p", {}, link(t("hooks.guide"), "/docs/webhooks")));
}

export async function eventsView({ refresh }) {
  const [endpoint, response, { verify }] = await Promise.all([call("GET", "/partner/webhooks/endpoint"), fetch("/openapi/m2m.json").catch(() => null), import("./snippets.js")]);
  if (!response?.ok) return [...top("events"), problem({ status: 0, details: [] }, refresh)];
  const { webhooks } = await response.json();
  const known = [...events, "kyc", "endpoint.test"].filter((event) => webhooks[event]);
  const added = Object.keys(webhooks).filter((event) => !known.includes(event));
  return [
    ...top("events", { lead: t("hooks.catalogue") }),
    h("div", { class: "pair wide-left" },
      card(t("hooks.events"), h("ul", { class: "rows" }, [...known, ...added].map((event) => h("li", {},
        h("details", {}, h("summary", {}, mono(event), " ", subscription(event, endpoint.data)),
          h("p", {}, language !== "en" && knows(`event.${event}`) && [eventName(event), ". "], h("span", { class: "hint", lang: "en" }, webhooks[event].post.description ?? "")), block(JSON.stringify(exampleOf(webhooks[event]) ?? {}, null, 2), { label: event })))))),
      snippets(verify)),
  ];
}
