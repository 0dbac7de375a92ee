// What several sections of the desk show in the same way.
import { h, exact } from "./dom.js";
import { t, say, when } from "./words.js";
import { state, mono, dialog, form, field, submit, button, problem, showErrors, facts, copyable } from "./ui.js";
import { to } from "./shell.js";
import { call } from "./desk-session.js";

say({
  "desk.partner": ["Partner", "Socio"],
  "desk.person": ["Person", "Persona"],
  "desk.reference": ["Reference", "Referencia"],
  "desk.since": ["Since", "Desde"],
  "desk.status": ["Status", "Estado"],
  "desk.when": ["When", "Cuándo"],
  "desk.actions": ["Action", "Acción"],
  "desk.reason": ["Why?", "¿Por qué?"],
  "desk.reasonHint": ["The audit log keeps it with your name. Write no secrets.", "El registro lo guarda con tu nombre. No escribas secretos."],
  "desk.all": ["All partners", "Todos los socios"],
  "desk.partnerHint": ["Its id, as demo", "Su id, como demo"],
  "desk.also": ["Also", "También"],
  "desk.secretsOnce": ["Shown this once. Copy it now and hand it over in a safe way.", "Se muestra solo esta vez. Cópialo ahora y entrégalo de forma segura."],
  "partner.active": ["Active", "Activo"], "partner.suspended": ["Suspended", "Suspendido"],
  "endpoint.healthy": ["Healthy", "Sano"], "endpoint.failing": ["Failing", "Con fallos"], "endpoint.paused": ["Paused", "En pausa"], "endpoint.disabled": ["Disabled", "Desactivado"],
  "userStatus.pending": ["Pending", "Pendiente"], "userStatus.data_incomplete": ["Data incomplete", "Datos incompletos"], "userStatus.data_complete": ["Data complete", "Datos completos"],
  "userStatus.cip_pending": ["Being verified", "En verificación"], "userStatus.cip_verified": ["Verified", "Verificado"], "userStatus.cip_failed": ["Not verified", "No verificado"],
  "kyc.PENDING": ["Pending", "Pendiente"], "kyc.ACTION_REQUIRED": ["Action required", "Requiere acción"], "kyc.UNDER_REVIEW": ["Under review", "En revisión"], "kyc.VERIFIED": ["Verified", "Verificado"], "kyc.REJECTED": ["Rejected", "Rechazado"],
  "outcome.succeeded": ["Done", "Hecho"], "outcome.refused": ["Refused", "Rechazado"], "outcome.failed": ["Failed", "Fallido"], "outcome.unknown": ["Outcome unknown", "Resultado desconocido"],
  "merge.merged": ["Merged", "Unidas"], "merge.undone": ["Undone", "Deshecha"], "merge.conflict": ["Conflict", "Conflicto"],
  "error.AUDIT_UNAVAILABLE": ["The audit log cannot be written, so nothing was done. Try again in {seconds} seconds.", "No se puede escribir el registro, así que no se hizo nada. Inténtalo de nuevo en {seconds} segundos."],
  "error.RESOURCE_NOT_FOUND": ["There is no such thing.", "No existe."],
});

const tones = {
  partner: { active: "good", suspended: "bad" },
  endpoint: { healthy: "good", failing: "bad", paused: "warn", disabled: "bad" },
  userStatus: { cip_verified: "good", cip_failed: "bad", cip_pending: "info" },
  kyc: { VERIFIED: "good", REJECTED: "bad", UNDER_REVIEW: "warn", ACTION_REQUIRED: "info" },
  outcome: { succeeded: "good", refused: "warn", failed: "bad", unknown: "bad" },
  merge: { merged: "good", undone: "quiet", conflict: "bad" },
};

/** Where something stands. */
export const stateOf = (set, value) => state(set, value, tones[set] ?? {});

/** A list with pages as the API gives it, for a long table. */
export const pages = (path, query = {}, signal) => async (cursor) => {
  const answer = await call(path, { limit: 20, ...query, cursor }, signal);
  if (!answer.ok) return { answer };
  const { items, pagination, nextCursor } = answer.data;
  return { items, next: pagination?.nextCursor ?? nextCursor, total: pagination?.total };
};

export const partnerLink = (id) => (id ? h("a", { href: to(`partners/${encodeURIComponent(id)}`) }, exact(id)) : null);

/** A person as its partner names it. */
export const person = (reference) => (reference ? mono(reference) : null);

/** The filter that most lists have. */
export const partnerFilter = () => ["partnerId", { label: t("desk.partner"), hint: null, maxlength: 32, spellcheck: "false", autocapitalize: "none", placeholder: t("desk.all") }];

/**
 * Asks why, and for what else is needed, before anything is done.
 * send(values) answers as the API does; then done(answer) is called, and the dialog ends. `why` is a reason that stands
 * there already.
 */
export function askAndAct({ title, text, action, kind = "primary", fields = [], why = "", check = () => [], send, done }) {
  dialog(title, (close) => {
    const place = h("div");
    return form(async (values, element) => {
      const wrong = check(values);
      if (!values.reason) wrong.push({ field: "reason", message: t("console.required") });
      place.replaceChildren();
      if (wrong.length > 0) { showErrors(element, wrong); return; }
      const answer = await send(values);
      if (!answer.ok) {
        const left = showErrors(element, answer.details);
        if (left.length > 0 || answer.details.length === 0) place.replaceChildren(problem({ ...answer, details: left }));
        return;
      }
      close();
      await done(answer);
    }, text && h("p", {}, text), fields.map(([id, options]) => field(id, options)),
      field("reason", { label: t("desk.reason"), hint: t("desk.reasonHint"), value: why, maxlength: 500, autofocus: fields.length === 0 }),
      place, h("div", { class: "actions" }, submit(action, kind), button(t("console.cancel"), close)));
  });
}

/** What is shown once: keys and secrets. Going to another view would close it, so that waits until it has `ended`. */
export const showOnce = (title, rows, ended) => dialog(title, (close) => [
  h("p", { class: "notice warn" }, t("desk.secretsOnce")),
  facts(...rows.filter(([, value]) => value).map(([term, value]) => [term, copyable(value, term)])),
  h("div", { class: "actions" }, button(t("console.close"), close, "primary", { autofocus: true })),
], ended);

/** Since when something is so. */
export const since = (moment) => (moment ? when(moment) : null);
