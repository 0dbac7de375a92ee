// Webhooks that failed, over all partners, and messages of ours that nobody handles any more.
import { h, exact } from "./dom.js";
import { t, say, when, number, name } from "./words.js";
import { head, filters, longTable, empty, card, facts, badge, button, link, mono, problem, toast } from "./ui.js";
import { to, go } from "./shell.js";
import { call, act } from "./desk-session.js";
import { said } from "./told.js";
import { pages, partnerLink, person, partnerFilter, askAndAct } from "./desk-shared.js";

say({
  "failed.title": ["Failed deliveries", "Entregas fallidas"],
  "failed.lead": ["Webhooks that no partner took, newest first. Replay them once the endpoint is mended.", "Webhooks que ningún socio recibió; primero los más nuevos. Repítelos cuando el endpoint funcione."],
  "failed.none": ["Nothing has failed", "Nada ha fallado"], "failed.noneText": ["A delivery whose last attempt failed appears here.", "Una entrega cuyo último intento falló aparece aquí."],
  "failed.event": ["Event", "Evento"], "failed.answer": ["Last answer", "Última respuesta"], "failed.where": ["Where", "Adónde"], "failed.attempts": ["Attempts", "Intentos"],
  "failed.replay": ["Replay", "Repetir"], "failed.replayText": ["It is sent again to the partner's present address, up to five times, with the same webhook-id.", "Se envía de nuevo a la dirección actual del socio, hasta cinco veces, con el mismo webhook-id."], "failed.begun": ["It is sent again.", "Se envía de nuevo."],
  "failed.many": ["Replay all of a partner", "Repetir todo de un socio"], "failed.manyText": ["All whose last attempt failed since then are sent again, in the background.", "Todas las que fallaron desde entonces se envían de nuevo, en segundo plano."], "failed.from": ["Failed since (your time)", "Fallidas desde (tu hora)"],
  "replay.title": ["Replay", "Repetición"], "replay.status": ["Status", "Estado"], "replay.found": ["Found", "Encontradas"], "replay.replayed": ["Sent again", "Enviadas de nuevo"], "replay.look": ["Look again", "Mirar de nuevo"],
  "replayStatus.running": ["Running", "En curso"], "replayStatus.completed": ["Queued again", "En cola de nuevo"], "replayStatus.failed": ["Ended early", "Terminó antes"],
  "dead.title": ["Dead letters", "Mensajes muertos"],
  "dead.lead": ["Messages of the queues that could not be handled for 16 hours. Mend the cause, then send them again.", "Mensajes de las colas que no se pudieron atender en 16 horas. Corrige la causa y envíalos de nuevo."],
  "dead.none": ["No dead letters", "No hay mensajes muertos"], "dead.noneText": ["Everything that was queued was handled.", "Todo lo que se puso en cola se atendió."],
  "deadReason.MaxDeliveryCountExceeded": ["It failed too often", "Falló demasiadas veces"], "deadReason.TTLExpiredException": ["It was left too long", "Quedó demasiado tiempo"], "deadReason.HeaderSizeExceeded": ["Its properties were too large", "Sus propiedades eran demasiado grandes"],
  "dead.queue": ["Queue", "Cola"], "dead.event": ["Event", "Evento"], "dead.reason": ["Why", "Por qué"], "dead.id": ["Message", "Mensaje"],
  "dead.resend": ["Send again", "Enviar de nuevo"], "dead.resendText": ["It is handled as if it were new. What was done before is not done twice.", "Se atiende como si fuera nuevo. Lo ya hecho no se hace dos veces."], "dead.sent": ["It is in its queue again.", "Está de nuevo en su cola."],
  "error.DELIVERY_PENDING": ["An attempt is under way or still to come.", "Hay un intento en curso o por venir."],
  "error.NO_WEBHOOK_URL": ["The partner has no address for it now, or its endpoint is off.", "El socio no tiene dirección para ello ahora, o su endpoint está apagado."],
  "error.DEAD_LETTER_BUSY": ["Somebody else has it in hand. Try again in a minute.", "Alguien más lo está atendiendo. Inténtalo en un minuto."],
});

const partnerRoute = (id, more) => `/operator/partners/${encodeURIComponent(id)}/${more}`;

const replayButton = (one, refresh) => button(t("failed.replay"), () => askAndAct({
  title: t("failed.replay"), text: [mono(one.delivery.event), " · ", exact(one.partnerId), ". ", t("failed.replayText")], action: t("failed.replay"),
  send: ({ reason }) => act("POST", partnerRoute(one.partnerId, `deliveries/${encodeURIComponent(one.delivery.deliveryId)}/replay`), reason),
  done: () => { toast(t("failed.begun")); return refresh(); },
}), "small", { "aria-label": `${t("failed.replay")} ${one.delivery.event} ${one.partnerId}` });

const yesterday = () => { const at = new Date(Date.now() - 86_400_000 - new Date().getTimezoneOffset() * 60_000); return at.toISOString().slice(0, 16); };

const manyButton = (query) => button(t("failed.many"), () => askAndAct({
  title: t("failed.many"), text: t("failed.manyText"), action: t("failed.many"),
  fields: [["partnerId", { label: t("desk.partner"), hint: t("desk.partnerHint"), value: query.partnerId ?? "", maxlength: 32, spellcheck: "false", autocapitalize: "none" }], ["failedSince", { label: t("failed.from"), type: "datetime-local", value: yesterday() }]],
  check: (values) => ["partnerId", "failedSince"].filter((id) => !values[id]).map((id) => ({ field: id, message: t("console.required") })),
  send: async (values) => {
    const answer = await act("POST", partnerRoute(values.partnerId, "deliveries/replay"), values.reason, { failedSince: new Date(values.failedSince).toISOString() });
    return { ...answer, partnerId: values.partnerId };
  },
  done: (answer) => go(`deliveries/${encodeURIComponent(answer.partnerId)}/replays/${encodeURIComponent(answer.data.operationId)}`),
}));

const answerOf = ({ lastStatus, lastError, note }) => (lastStatus ? badge(lastStatus, lastStatus < 300 ? "good" : "bad") : lastError || note ? h("span", { class: "hint" }, said(lastError ?? note)) : null);

export async function deliveriesView({ query, signal, refresh }) {
  const list = await longTable({
    caption: t("failed.title"),
    columns: [
      { title: t("failed.event"), cell: (one) => mono(one.delivery.event) }, { title: t("desk.partner"), cell: (one) => partnerLink(one.partnerId) },
      { title: t("failed.answer"), cell: (one) => answerOf(one.delivery) }, { title: t("failed.where"), kind: "wide", cell: (one) => mono(one.delivery.url) },
      { title: t("failed.attempts"), kind: "number wide", cell: (one) => number(one.delivery.attemptCount) }, { title: t("desk.when"), kind: "wide", cell: (one) => when(one.delivery.createdAt) },
      { title: t("desk.actions"), cell: (one) => replayButton(one, refresh) },
    ],
    load: pages("/operator/deliveries", { status: "failed", ...query }, signal),
    none: empty(t("failed.none"), t("failed.noneText")),
  });
  return [head({ title: t("failed.title"), lead: t("failed.lead"), actions: [manyButton(query)] }), filters([partnerFilter()], { present: query, go: (values) => go("deliveries", values) }), list];
}

const tones = { running: "info", completed: "info", failed: "bad" };

export async function replayView({ params, signal, refresh }) {
  const crumbs = [[t("failed.title"), to("deliveries")]];
  const answer = await call(partnerRoute(params.partnerId, `replays/${encodeURIComponent(params.replayId)}`), {}, signal);
  if (!answer.ok) return [head({ title: t("replay.title"), crumbs }), problem(answer, refresh)];
  const { status, found, replayed } = answer.data;
  return [
    head({ title: t("replay.title"), crumbs, badge: badge(t(`replayStatus.${status}`), tones[status]) }),
    card(null, facts([t("desk.partner"), partnerLink(params.partnerId)], [t("replay.found"), number(found)], [t("replay.replayed"), number(replayed)]),
      h("div", { class: "actions" }, status === "running" && button(t("replay.look"), refresh, "primary"), link(t("failed.title"), to("deliveries", { partnerId: params.partnerId }), "button"))),
  ];
}

const resendButton = (one, refresh) => button(t("dead.resend"), () => askAndAct({
  title: t("dead.resend"), text: [mono(one.deadLetterId), ". ", t("dead.resendText")], action: t("dead.resend"),
  send: ({ reason }) => act("POST", `/operator/dead-letters/${encodeURIComponent(one.deadLetterId)}/resend`, reason),
  done: () => { toast(t("dead.sent")); return refresh(); },
}), "small", { "aria-label": `${t("dead.resend")} ${one.deadLetterId}` });

export async function deadLettersView({ query, signal, refresh }) {
  const list = await longTable({
    caption: t("dead.title"),
    columns: [
      { title: t("dead.id"), cell: (one) => mono(one.deadLetterId) }, { title: t("desk.partner"), cell: (one) => partnerLink(one.partnerId) }, { title: t("desk.person"), kind: "wide", cell: (one) => person(one.reference) },
      { title: t("dead.event"), kind: "wide", cell: (one) => one.eventId && mono(one.eventId) }, { title: t("dead.reason"), kind: "wide", cell: (one) => one.reason && name("deadReason", one.reason) },
      { title: t("desk.when"), cell: (one) => when(one.enqueuedAt) }, { title: t("desk.actions"), cell: (one) => resendButton(one, refresh) },
    ],
    load: pages("/operator/dead-letters", query, signal),
    none: empty(t("dead.none"), t("dead.noneText")),
  });
  return [
    head({ title: t("dead.title"), lead: t("dead.lead") }),
    filters([["queue", { label: t("dead.queue"), control: "select", options: [["", t("console.any")], ["events", "events"], ["webhooks", "webhooks"]] }]], { present: query, go: (values) => go("dead-letters", values) }),
    list,
  ];
}
