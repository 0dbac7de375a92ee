// What several sections of the portal show in the same way.
import { h, exact } from "./dom.js";
import { t, say, name, when, milliseconds } from "./words.js";
import { state, mono, badge } from "./ui.js";
import { to } from "./shell.js";
import { call } from "./session.js";
import { said } from "./told.js";

say({
  "link.created": ["Created", "Creado"], "link.opened": ["Opened", "Abierto"], "link.in_progress": ["In progress", "En curso"],
  "link.completed": ["Completed", "Completado"], "link.expired": ["Expired", "Caducado"], "link.revoked": ["Revoked", "Revocado"],
  "user.pending": ["Pending", "Pendiente"], "user.data_incomplete": ["Data incomplete", "Datos incompletos"], "user.data_complete": ["Data complete", "Datos completos"],
  "user.cip_pending": ["Being verified", "En verificación"], "user.cip_verified": ["Verified", "Verificado"], "user.cip_failed": ["Not verified", "No verificado"],
  "cip.none": ["Not started", "Sin empezar"], "cip.pending": ["Under way", "En curso"], "cip.verified": ["Verified", "Verificado"], "cip.failed": ["Failed", "Fallida"], "cip.needs_review": ["Needs review", "En revisión"],
  "request.pending": ["Waiting for you", "Te espera"], "request.fulfilled": ["Answered", "Respondida"], "request.expired": ["Expired", "Caducada"], "request.cancelled": ["Cancelled", "Cancelada"], "request.fell_back": ["Person is asked", "Se pide a la persona"],
  "delivery.pending": ["Pending", "Pendiente"], "delivery.delivered": ["Delivered", "Entregado"], "delivery.failed": ["Failed", "Fallido"], "delivery.superseded": ["No longer needed", "Ya no hace falta"],
  "operation.created": ["Confirmed", "Confirmada"], "operation.processing": ["On its way", "En camino"], "operation.completed": ["Paid out", "Pagada"], "operation.failed": ["Failed", "Fallida"], "operation.cancelled": ["Cancelled", "Cancelada"],
  "col.event": ["Event", "Evento"], "col.status": ["Status", "Estado"], "col.answer": ["Answer", "Respuesta"], "col.attempts": ["Attempts", "Intentos"], "col.when": ["When", "Cuándo"], "col.link": ["Link", "Enlace"],
  "col.noAnswer": ["none", "ninguna"],
  "event.link.created": ["A link was created", "Se creó un enlace"], "event.link.opened": ["The person opened the link", "La persona abrió el enlace"], "event.link.in_progress": ["The person began", "La persona empezó"],
  "event.link.completed": ["The link led to a transfer", "El enlace llevó a una transferencia"], "event.link.expired": ["The link expired", "El enlace caducó"], "event.link.revoked": ["The link was revoked", "El enlace fue revocado"],
  "event.user.data_request": ["You were asked for data", "Se te pidieron datos"], "event.user.data_request.fulfilled": ["You answered the data request", "Respondiste la solicitud de datos"], "event.user.data_request.expired": ["The data request expired", "La solicitud de datos caducó"],
  "event.user.status_changed": ["The user's status changed", "Cambió el estado del usuario"], "event.operation.created": ["A transfer was confirmed", "Se confirmó una transferencia"], "event.operation.completed": ["The transfer was paid out", "La transferencia se pagó"],
  "event.operation.failed": ["The transfer failed", "La transferencia falló"], "event.operation.cancelled": ["The transfer was cancelled", "La transferencia se canceló"], "event.kyc": ["KYC changed", "Cambió el KYC"], "event.endpoint.test": ["A test of the endpoint", "Una prueba del endpoint"],
});

const tones = {
  link: { created: "quiet", opened: "info", in_progress: "info", completed: "good", expired: "warn", revoked: "bad" },
  user: { cip_verified: "good", cip_failed: "bad", cip_pending: "info", data_complete: "info", data_incomplete: "warn" },
  cip: { verified: "good", failed: "bad", pending: "info", needs_review: "warn" },
  request: { pending: "warn", fulfilled: "good", expired: "bad", fell_back: "info" },
  delivery: { pending: "info", delivered: "good", failed: "bad" },
  operation: { created: "info", processing: "info", completed: "good", failed: "bad", cancelled: "warn" },
};

/** Where something stands. */
export const stateOf = (set, value) => state(set, value, tones[set] ?? {});

/** A name in the order in which people have it. */
export const fullName = (person) => [person?.firstName, person?.secondName, person?.lastName, person?.secondLastName].filter(Boolean).join(" ");

/** A list with pages as the API gives it, for a long table. */
export const pages = (path, query = {}) => async (cursor) => {
  const answer = await call("GET", path, { query: { limit: 20, ...query, cursor } });
  if (!answer.ok) return { answer };
  const { items, pagination, nextCursor } = answer.data;
  return { items, next: pagination?.nextCursor ?? nextCursor, total: pagination?.total };
};

export const answerOf = (delivery) => (delivery.lastStatus ? badge(delivery.lastStatus, delivery.lastStatus < 300 ? "good" : "bad") : delivery.lastError ? h("span", { class: "hint" }, said(delivery.lastError)) : null);

/** Columns of a list of deliveries. */
export const deliveryColumns = ({ ofOneLink = false } = {}) => [
  { title: t("col.event"), cell: (one) => h("a", { href: to(`webhooks/deliveries/${encodeURIComponent(one.deliveryId)}`) }, mono(one.event)) },
  { title: t("col.status"), cell: (one) => stateOf("delivery", one.status) },
  { title: t("col.answer"), cell: answerOf },
  ...(ofOneLink ? [] : [{ title: t("col.link"), kind: "wide", cell: (one) => one.linkId && shortLinkTo(one.linkId) }]),
  { title: t("col.attempts"), kind: "number wide", cell: (one) => one.attemptCount },
  { title: t("col.when"), kind: "wide", cell: (one) => when(one.createdAt) },
];

export const reference = (value) => h("a", { href: to(`users/${encodeURIComponent(value)}`) }, exact(value));
export const linkTo = (id) => h("a", { href: to(`links/${encodeURIComponent(id)}`) }, mono(id));

/** The end of an id, which differs most; the whole of it in its title. */
export const short = (id) => h("code", { translate: "no", title: id }, `…${id.slice(-8)}`);
export const shortLinkTo = (id) => h("a", { href: to(`links/${encodeURIComponent(id)}`) }, short(id));

/** What an event is, in words, beside its name. */
export const eventName = (type) => name("event", type);

export const took = (one) => milliseconds(one.durationMs);
