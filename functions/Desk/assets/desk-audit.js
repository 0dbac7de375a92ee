// What operators did.
import { h, exact } from "./dom.js";
import { t, say, name, when, startOf, endOf } from "./words.js";
import { head, filters, longTable, empty, mono, facts, badge } from "./ui.js";
import { go } from "./shell.js";
import { stateOf, pages, partnerLink, person, partnerFilter } from "./desk-shared.js";

say({
  "audit.title": ["Audit log", "Registro"],
  "audit.lead": ["Everything that operators did, newest first, written down before it was done. Entries are kept for ever.", "Todo lo que hicieron los operadores; primero lo más nuevo, escrito antes de hacerse. Las entradas se guardan para siempre."],
  "audit.none": ["Nothing was done", "No se hizo nada"], "audit.noneText": ["No act fits these filters.", "Ningún acto coincide con estos filtros."],
  "audit.who": ["Who", "Quién"], "audit.what": ["What", "Qué"], "audit.whom": ["On", "Sobre"], "audit.why": ["Why", "Por qué"], "audit.outcome": ["Outcome", "Resultado"],
  "audit.from": ["From", "Desde"], "audit.to": ["To", "Hasta"], "audit.details": ["Details", "Detalles"], "audit.route": ["Route", "Ruta"], "audit.target": ["Parts of the path", "Partes de la ruta"], "audit.answer": ["Answer", "Respuesta"], "audit.request": ["Request", "Solicitud"], "audit.unnamed": ["unnamed", "sin nombre"],
  "act.createPartner": ["Created a partner", "Creó un socio"], "act.changePartnerSettings": ["Changed settings", "Cambió ajustes"], "act.suspendPartner": ["Suspended a partner", "Suspendió un socio"], "act.resumePartner": ["Resumed a partner", "Reactivó un socio"],
  "act.issuePartnerKey": ["Issued an API key", "Emitió una clave de API"], "act.revokePartnerKey": ["Revoked an API key", "Revocó una clave de API"], "act.issueIdentityKey": ["Issued an identity key", "Emitió una clave de identidad"], "act.revokeIdentityKey": ["Revoked an identity key", "Revocó una clave de identidad"],
  "act.reviewCip": ["Decided a verification", "Decidió una verificación"], "act.reviewIdentity": ["Decided about an identity", "Decidió sobre una identidad"], "act.blockIdentity": ["Blocked an account", "Bloqueó una cuenta"], "act.unblockIdentity": ["Unblocked an account", "Desbloqueó una cuenta"],
  "act.undoMerge": ["Undid a merge", "Deshizo una unión"], "act.mergeOnRequest": ["Merged two references", "Unió dos referencias"], "act.replayDeliveryByOperator": ["Replayed a delivery", "Repitió una entrega"], "act.replayDeliveriesByOperator": ["Replayed deliveries", "Repitió entregas"], "act.viewReviewPicture": ["Looked at a picture", "Vio una imagen"], "act.resendDeadLetter": ["Sent a dead letter again", "Reenvió un mensaje muerto"],
});

const acts = ["createPartner", "changePartnerSettings", "suspendPartner", "resumePartner", "issuePartnerKey", "revokePartnerKey", "issueIdentityKey", "revokeIdentityKey", "viewReviewPicture", "reviewCip", "reviewIdentity", "blockIdentity", "unblockIdentity", "undoMerge", "mergeOnRequest", "replayDeliveryByOperator", "replayDeliveriesByOperator", "resendDeadLetter"];

const details = (one) => h("details", {}, h("summary", { "aria-label": `${t("audit.details")} ${one.requestId}` }, t("audit.details")), facts(
  [t("audit.route"), mono(`${one.method} ${one.route}`)], [t("audit.target"), Object.entries(one.target).map(([key, value]) => [mono(`${key}=${value}`), " "])],
  one.status && [t("audit.answer"), mono([one.status, one.code].filter(Boolean).join(" "))], [t("audit.request"), mono(one.requestId)]));

export async function auditView({ query, signal }) {
  const asked = { ...query, from: startOf(query.from), to: endOf(query.to) };
  const list = await longTable({
    caption: t("audit.title"),
    columns: [
      { title: t("audit.what"), cell: (one) => name("act", one.act) },
      { title: t("audit.who"), cell: (one) => (one.operator === "unnamed" ? badge(t("audit.unnamed")) : exact(one.operator)) },
      { title: t("audit.whom"), cell: (one) => [partnerLink(one.partnerId), one.reference && [" · ", person(one.reference)]] },
      { title: t("audit.why"), kind: "wide", cell: (one) => one.reason && exact(one.reason) },
      { title: t("audit.outcome"), cell: (one) => [stateOf("outcome", one.outcome), details(one)] },
      { title: t("desk.when"), kind: "wide", cell: (one) => when(one.at, { seconds: true }) },
    ],
    load: pages("/operator/audit", asked, signal),
    none: empty(t("audit.none"), t("audit.noneText")),
  });
  return [
    head({ title: t("audit.title"), lead: t("audit.lead") }),
    filters([
      partnerFilter(), ["operator", { label: t("audit.who"), maxlength: 100 }],
      ["act", { label: t("audit.what"), control: "select", options: [["", t("console.any")], ...acts.map((one) => [one, t(`act.${one}`)])] }],
      ["outcome", { label: t("audit.outcome"), control: "select", options: [["", t("console.any")], ...["succeeded", "refused", "failed", "unknown"].map((one) => [one, t(`outcome.${one}`)])] }],
      ["from", { label: t("audit.from"), type: "date" }], ["to", { label: t("audit.to"), type: "date" }],
    ], { present: query, go: (values) => go("audit", values) }),
    list,
  ];
}
