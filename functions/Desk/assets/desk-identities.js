// Accounts: merges with their undo, a merge at a partner's request, and blocks.
import { h, exact } from "./dom.js";
import { t, say, name, when } from "./words.js";
import { head, filters, longTable, empty, button, mono, toast } from "./ui.js";
import { go } from "./shell.js";
import { act } from "./desk-session.js";
import { stateOf, pages, partnerLink, person, partnerFilter, askAndAct } from "./desk-shared.js";

say({
  "merges.title": ["Merges", "Uniones"],
  "merges.lead": ["References that became one account, and those that were refused. A merge can be undone for 30 days, while nothing was verified since.", "Referencias que se volvieron una cuenta y las rechazadas. Una unión se puede deshacer durante 30 días, si nada se verificó desde entonces."],
  "merges.choose": ["Choose a partner", "Elige un socio"], "merges.chooseText": ["Merges are listed for one partner at a time.", "Las uniones se listan por socio."],
  "merges.none": ["No merge", "Ninguna unión"], "merges.noneText": ["No accounts of this partner were merged.", "No se unieron cuentas de este socio."],
  "merges.outcome": ["Outcome", "Resultado"], "merges.into": ["Into", "En"], "merges.from": ["From", "De"], "merges.by": ["By", "Por"],
  "channel.Patch": ["E-mail in an update", "Correo en una actualización"], "channel.TokenShare": ["E-mail with a shared KYC", "Correo con KYC compartido"], "channel.Otp": ["E-mail by code", "Correo por código"], "channel.Reliance": ["E-mail with reliance", "Correo con confianza"], "channel.Documents": ["E-mail with documents", "Correo con documentos"], "channel.Request": ["Request of the partner", "Solicitud del socio"],
  "merges.undo": ["Undo", "Deshacer"], "merges.undoText": ["They become two accounts again. Addresses return with the reference that brought them.", "Vuelven a ser dos cuentas. Los correos regresan con la referencia que los trajo."], "merges.undone": ["They are two accounts again.", "Son dos cuentas de nuevo."],
  "merges.merge": ["Merge two references", "Unir dos referencias"], "merges.mergeText": ["Both become one account, which the older one survives as. Only where the partner asked for it, and both are one person.", "Ambas serán una cuenta; permanece la más antigua. Solo si el socio lo pidió y son la misma persona."],
  "merges.reference": ["First reference", "Primera referencia"], "merges.other": ["Second reference", "Segunda referencia"], "merges.merged": ["They are one account now.", "Ahora son una cuenta."],
  "error.MERGE_NOT_UNDOABLE": ["This merge can no longer be undone: 30 days are over, another merge followed, or something was verified since.", "Esta unión ya no se puede deshacer: pasaron 30 días, hubo otra unión o algo se verificó desde entonces."],
  "error.MERGE_CONFLICT": ["Both are verified, as different people: they cannot be merged.", "Ambas están verificadas como personas distintas: no se pueden unir."],
  "error.ACCOUNT_FULL": ["The account would have more references or addresses than an account may have.", "La cuenta tendría más referencias o correos de los permitidos."],
  "blocked.title": ["Blocked accounts", "Cuentas bloqueadas"],
  "blocked.lead": ["Accounts whose transactions are refused, longest first. A screening that matches a sanctions list blocks by itself.", "Cuentas cuyas transacciones se rechazan; primero las más antiguas. Una coincidencia con sanciones bloquea por sí sola."],
  "blocked.none": ["No account is blocked", "No hay cuentas bloqueadas"], "blocked.noneText": ["A block appears here within moments.", "Un bloqueo aparece aquí en momentos."],
  "blocked.by": ["By", "Por"], "blocked.why": ["Why", "Por qué"], "blocked.screening": ["A screening", "Una revisión de listas"],
  "blocked.unblock": ["Unblock", "Desbloquear"], "blocked.unblockText": ["Its transactions are possible again, and the partner is told.", "Sus transacciones vuelven a ser posibles y se avisa al socio."], "blocked.unblocked": ["The account is not blocked any more.", "La cuenta ya no está bloqueada."],
  "blocked.block": ["Block an account", "Bloquear una cuenta"], "blocked.blockText": ["All references of the person are blocked at once, and the partner is told.", "Todas las referencias de la persona se bloquean de inmediato y se avisa al socio."], "blocked.blocked": ["The account is blocked.", "La cuenta está bloqueada."],
});

const partnerField = (value) => ["partnerId", { label: t("desk.partner"), hint: t("desk.partnerHint"), value, maxlength: 32, spellcheck: "false", autocapitalize: "none" }];
const referenceField = (id, label) => [id, { label, maxlength: 255, spellcheck: "false", autocapitalize: "none" }];
const missing = (...ids) => (values) => ids.filter((id) => !values[id]).map((id) => ({ field: id, message: t("console.required") }));
const identityOf = (partnerId, reference, more) => `/operator/partners/${encodeURIComponent(partnerId)}/identities/${encodeURIComponent(reference)}/${more}`;

const mergeButton = (query, refresh) => button(t("merges.merge"), () => askAndAct({
  title: t("merges.merge"), text: t("merges.mergeText"), action: t("merges.merge"),
  fields: [partnerField(query.partnerId ?? ""), referenceField("reference", t("merges.reference")), referenceField("otherReference", t("merges.other"))],
  check: missing("partnerId", "reference", "otherReference"),
  send: (values) => act("POST", `/operator/partners/${encodeURIComponent(values.partnerId)}/identities/merge`, values.reason, { reference: values.reference, otherReference: values.otherReference }),
  done: () => { toast(t("merges.merged")); return refresh(); },
}), "primary");

const undoButton = (one, refresh) => button(t("merges.undo"), () => askAndAct({
  title: t("merges.undo"), text: [mono(one.from), " ↔ ", mono(one.into), ". ", t("merges.undoText")], action: t("merges.undo"), kind: "danger",
  send: ({ reason }) => act("POST", `/operator/merges/${encodeURIComponent(one.mergeId)}/undo`, reason),
  done: () => { toast(t("merges.undone")); return refresh(); },
}), "small", { "aria-label": `${t("merges.undo")}: ${one.from}, ${one.into}` });

export async function mergesView({ query, signal, refresh }) {
  const list = query.partnerId ? await longTable({
    caption: t("merges.title"),
    columns: [
      { title: t("merges.from"), cell: (one) => person(one.from) }, { title: t("merges.into"), cell: (one) => person(one.into) },
      { title: t("merges.by"), kind: "wide", cell: (one) => name("channel", one.channel) }, { title: t("merges.outcome"), cell: (one) => stateOf("merge", one.outcome) },
      { title: t("desk.when"), kind: "wide", cell: (one) => when(one.at) }, { title: t("desk.actions"), cell: (one) => (one.outcome === "merged" ? undoButton(one, refresh) : "–") },
    ],
    load: pages("/operator/merges", query, signal),
    none: empty(t("merges.none"), t("merges.noneText")),
  }) : empty(t("merges.choose"), t("merges.chooseText"));
  return [
    head({ title: t("merges.title"), lead: t("merges.lead"), actions: [mergeButton(query, refresh)] }),
    filters([partnerFilter(), ["outcome", { label: t("merges.outcome"), control: "select", options: [["", t("console.any")], ...["merged", "undone", "conflict"].map((one) => [one, t(`merge.${one}`)])] }]], { present: query, go: (values) => go("merges", values) }),
    list,
  ];
}

const blockButton = (query, refresh) => button(t("blocked.block"), () => askAndAct({
  title: t("blocked.block"), text: t("blocked.blockText"), action: t("blocked.block"), kind: "danger",
  fields: [partnerField(query.partnerId ?? ""), referenceField("reference", t("desk.reference"))],
  check: missing("partnerId", "reference"),
  send: (values) => act("POST", identityOf(values.partnerId, values.reference, "block"), values.reason, { note: values.reason }),
  done: () => { toast(t("blocked.blocked")); return refresh(); },
}), "danger");

const unblockButton = (one, refresh) => button(t("blocked.unblock"), () => askAndAct({
  title: t("blocked.unblock"), text: [mono(one.reference), ". ", t("blocked.unblockText")], action: t("blocked.unblock"),
  send: ({ reason }) => act("POST", identityOf(one.partnerId, one.reference, "unblock"), reason, { note: reason }),
  done: () => { toast(t("blocked.unblocked")); return refresh(); },
}), "small", { "aria-label": `${t("blocked.unblock")} ${one.reference}` });

export async function blockedView({ query, signal, refresh }) {
  const list = await longTable({
    caption: t("blocked.title"),
    columns: [
      { title: t("desk.person"), cell: (one) => [person(one.reference), one.otherReferences.length > 0 && h("span", { class: "hint" }, ` +${one.otherReferences.length}`)] },
      { title: t("desk.partner"), cell: (one) => partnerLink(one.partnerId) }, { title: t("reviews.kyc"), kind: "wide", cell: (one) => stateOf("kyc", one.kycStatus) },
      { title: t("blocked.by"), kind: "wide", cell: (one) => (one.by === "screening" ? t("blocked.screening") : one.by && exact(one.by)) }, { title: t("blocked.why"), cell: (one) => one.note && exact(one.note) },
      { title: t("desk.since"), kind: "wide", cell: (one) => one.since && when(one.since) }, { title: t("desk.actions"), cell: (one) => unblockButton(one, refresh) },
    ],
    load: pages("/operator/blocked", query, signal),
    none: empty(t("blocked.none"), t("blocked.noneText")),
  });
  return [head({ title: t("blocked.title"), lead: t("blocked.lead"), actions: [blockButton(query, refresh)] }), filters([partnerFilter()], { present: query, go: (values) => go("blocked", values) }), list];
}
