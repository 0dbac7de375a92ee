// Who waits for a decision, and the decision.
import { h, exact } from "./dom.js";
import { t, say, name, when, day } from "./words.js";
import { head, filters, longTable, empty, card, facts, table, badge, button, link, mono, copyable, problem, toast } from "./ui.js";
import { to, go } from "./shell.js";
import { call, act, look } from "./desk-session.js";
import { stateOf, pages, partnerLink, person, partnerFilter, askAndAct } from "./desk-shared.js";

say({
  "reviews.title": ["Reviews", "Revisiones"],
  "reviews.lead": ["Persons whom nobody but you can decide about, longest waiting first.", "Personas sobre las que solo tú puedes decidir; primero las que más esperan."],
  "reviews.none": ["Nobody waits", "Nadie espera"],
  "reviews.noneText": ["Who needs a decision appears here within moments.", "Quien necesite una decisión aparece aquí en momentos."],
  "reviews.gone": ["This person does not wait any more", "Esta persona ya no espera"],
  "reviews.goneText": ["It was decided meanwhile, or its data changed.", "Se decidió mientras tanto o sus datos cambiaron."],
  "reviews.back": ["All reviews", "Todas las revisiones"],
  "reviews.kind": ["About", "Sobre"],
  "reviews.why": ["Why you are asked", "Por qué se te pregunta"],
  "reviewKind.cip": ["Verification", "Verificación"], "reviewKind.identity": ["Identity", "Identidad"],
  "finding.provider_undecided": ["The provider could not decide", "El proveedor no pudo decidir"],
  "finding.no_result_in_time": ["The provider gave no result in time", "El proveedor no dio resultado a tiempo"],
  "finding.shared_elsewhere": ["Verified elsewhere while a match is open", "Verificado en otro lugar con una coincidencia abierta"],
  "finding.documents_shared": ["Documents were shared", "Se compartieron documentos"],
  "finding.sanctions_match": ["Match with a sanctions list", "Coincide con una lista de sanciones"],
  "finding.pep_match": ["Politically exposed person", "Persona políticamente expuesta"],
  "finding.screening_too_old": ["The screening is more than 90 days old", "La revisión de listas tiene más de 90 días"],
  "finding.earlier_match": ["A match was found earlier", "Hubo una coincidencia antes"],
  "reviews.decide": ["Decide", "Decidir"],
  "reviews.approve": ["Approve", "Aprobar"], "reviews.reject": ["Reject", "Rechazar"], "reviews.retry": ["Ask for another try", "Pedir otro intento"],
  "reviews.approveText": ["The person counts as verified. This is final.", "La persona queda verificada. Es definitivo."],
  "reviews.rejectCip": ["The verification fails. The person may try again with corrected data.", "La verificación falla. La persona puede intentar de nuevo con datos corregidos."],
  "reviews.rejectIdentity": ["The account is rejected, with all its references, until an operator decides otherwise.", "La cuenta queda rechazada, con todas sus referencias, hasta que un operador decida otra cosa."],
  "reviews.retryText": ["This one fails, and the person may be verified once more.", "Esta falla y la persona puede verificarse otra vez."],
  "reviews.decided": ["{decision}: {person}.", "{decision}: {person}."],
  "reviews.next": ["The next one is at the top.", "La siguiente está arriba."],
  "reviews.facts": ["The person", "La persona"],
  "reviews.userId": ["Our id", "Nuestro id"], "reviews.ticket": ["Verification", "Verificación"], "reviews.kyc": ["Identity API", "API de identidad"], "reviews.user": ["Partner API", "API de socios"],
  "reviews.others": ["Other references", "Otras referencias"], "reviews.blocked": ["Blocked", "Bloqueada"],
  "reviews.values": ["What is held, masked", "Lo que se tiene, enmascarado"], "reviews.valuesNone": ["Nothing is held under this reference.", "No hay nada con esta referencia."],
  "reviews.field": ["Field", "Campo"], "reviews.value": ["Value", "Valor"], "reviews.source": ["Source", "Origen"],
  "source.widget": ["The person", "La persona"], "source.partner_webhook": ["Answer of the partner", "Respuesta del socio"], "source.partner_api": ["The partner", "El socio"],
  "reviews.missing": ["Missing", "Falta"],
  "reviews.documents": ["Documents", "Documentos"],
  "documentKind.PASSPORT": ["Passport", "Pasaporte"], "documentKind.DRIVING_LICENSE": ["Driving license", "Licencia de conducir"], "documentKind.IDENTIFICATION": ["Identity document", "Documento de identidad"],
  "documentKind.SELFIE": ["Selfie", "Selfie"], "documentKind.PROOF_OF_ADDRESS": ["Proof of address", "Comprobante de domicilio"], "documentKind.SOURCE_OF_FUNDS": ["Source of funds", "Origen de los fondos"],
  "documentKind.ID_IMAGE": ["Photo of the document", "Foto del documento"],
  "reviews.look": ["Show the pictures", "Mostrar las imágenes"], "reviews.hide": ["Hide the pictures", "Ocultar las imágenes"],
  "reviews.lookText": ["The audit log keeps that you looked at them. They are gone when you leave this page.", "El registro guarda que las viste. Desaparecen al salir de esta página."],
  "reviews.lookWhy": ["To decide this review", "Para decidir esta revisión"],
  "reviews.lookDone": ["The pictures are shown.", "Se muestran las imágenes."],
  "error.RESOURCE_NOT_FOUND.picture": ["This picture is not there any more: the person does not wait, or was erased.", "Esta imagen ya no está: la persona ya no espera o fue borrada."],
  "reviews.screenings": ["Screenings of the partner", "Revisiones de listas del socio"], "reviews.date": ["Of", "Del"], "reviews.sanctions": ["Sanctions", "Sanciones"], "reviews.pep": ["Politically exposed", "Expuesta políticamente"],
  "reviews.decisions": ["Decided before", "Decidido antes"], "reviews.decisionsNone": ["Nothing was decided about this person before.", "No se decidió nada antes sobre esta persona."],
  "reviews.operator": ["Who", "Quién"], "reviews.decision": ["Decision", "Decisión"], "reviews.note": ["Why", "Por qué"],
  "decision.approve": ["Approved", "Aprobada"], "decision.reject": ["Rejected", "Rechazada"], "decision.retry": ["Another try", "Otro intento"],
  "error.CIP_NOT_REVIEWABLE": ["This was decided meanwhile. Go back to the list.", "Esto ya se decidió. Vuelve a la lista."],
  "error.KYC_NOT_REVIEWABLE": ["The decision does not fit where the identity stands now.", "La decisión no encaja con el estado actual de la identidad."],
});

const urgent = new Set(["sanctions_match", "pep_match", "earlier_match"]);
const findings = (found) => found.map((one) => [badge(name("finding", one), urgent.has(one) ? "bad" : "info"), " "]);
const pathOf = (one) => `reviews/${encodeURIComponent(one.partnerId)}/${encodeURIComponent(one.reference)}`;

export async function reviewsView({ query, signal }) {
  const list = await longTable({
    caption: t("reviews.title"),
    columns: [
      { title: t("desk.person"), cell: (one) => h("a", { href: to(pathOf(one)) }, exact(one.reference)) },
      { title: t("desk.partner"), kind: "wide", cell: (one) => partnerLink(one.partnerId) },
      { title: t("reviews.kind"), kind: "wide", cell: (one) => name("reviewKind", one.kind) },
      { title: t("reviews.why"), cell: (one) => one.found.map((found) => h("div", {}, urgent.has(found) ? badge(name("finding", found), "bad") : name("finding", found))) },
      { title: t("desk.since"), kind: "wide", cell: (one) => when(one.since) },
    ],
    load: pages("/operator/reviews", query, signal),
    none: empty(t("reviews.none"), t("reviews.noneText")),
  });
  return [head({ title: t("reviews.title"), lead: t("reviews.lead") }), filters([partnerFilter()], { present: query, go: (values) => go("reviews", values) }), list];
}

const routeOf = (one) => (one.kind === "cip"
  ? `/operator/partners/${encodeURIComponent(one.partnerId)}/users/${encodeURIComponent(one.reference)}/cip/review`
  : `/operator/partners/${encodeURIComponent(one.partnerId)}/identities/${encodeURIComponent(one.reference)}/review`);

const texts = (one, decision) => ({ approve: t("reviews.approveText"), retry: t("reviews.retryText"), reject: one.kind === "cip" ? t("reviews.rejectCip") : t("reviews.rejectIdentity") })[decision];

/** Whom a decision is about: the name, masked, and how the partner calls the person. */
function called(one) {
  const parts = ["firstName", "secondName", "lastName", "secondLastName"].map((part) => one.values.find((value) => value.path === `name.${part}`)?.value);
  return [parts.filter(Boolean).join(" "), one.reference, one.partnerId].filter(Boolean).join(" · ");
}

/** Back to the list, with what was decided about whom; the one that was decided may stand there for a moment more. */
async function afterwards(one, decision) {
  const answer = await call("/operator/reviews", { limit: 2 });
  const waits = answer.ok && answer.data.items.some((other) => other.partnerId !== one.partnerId || other.reference !== one.reference);
  toast([t("reviews.decided", { decision: name("decision", decision), person: called(one) }), waits && t("reviews.next")].filter(Boolean).join(" "));
  go("reviews");
}

const decideButton = (one, decision, kind) => button(t(`reviews.${decision}`), () => askAndAct({
  title: t(`reviews.${decision}`),
  text: [h("strong", {}, exact(called(one))), " – ", texts(one, decision)],
  action: t(`reviews.${decision}`),
  kind,
  send: ({ reason }) => act("POST", routeOf(one), reason, { decision, note: reason }),
  done: () => afterwards(one, decision),
}), kind);

/** What there are pictures of, and the pictures for who says why: looking at a person's papers is an act. */
function documentsCard(one) {
  const place = h("div", { class: "pictures" });
  const path = `/operator/partners/${encodeURIComponent(one.partnerId)}/reviews/${encodeURIComponent(one.reference)}/pictures`;
  const show = (pictures) => {
    place.replaceChildren(...pictures.map(([document, address]) => h("figure", {},
      h("img", { src: address, alt: name("documentKind", document.kind) }), h("figcaption", {}, name("documentKind", document.kind), " · ", when(document.at)))));
    element.textContent = t("reviews.hide");
    toast(t("reviews.lookDone"));
  };
  const element = button(t("reviews.look"), () => {
    if (place.hasChildNodes()) { place.replaceChildren(); element.textContent = t("reviews.look"); return; }
    askAndAct({
      title: t("reviews.look"), text: t("reviews.lookText"), action: t("reviews.look"), why: t("reviews.lookWhy"),
      send: async ({ reason }) => {
        const pictures = [];
        for (const document of one.documents) {
          const answer = await look(`${path}/${encodeURIComponent(document.pictureId)}`, reason);
          if (!answer.ok) return answer.status === 404 ? { ...answer, code: "RESOURCE_NOT_FOUND.picture" } : answer;
          pictures.push([document, answer.data]);
        }
        return { ok: true, pictures };
      },
      done: ({ pictures }) => show(pictures),
    });
  });
  return card(t("reviews.documents"), table(t("reviews.documents"), [
    { title: t("reviews.kind"), cell: (document) => name("documentKind", document.kind) }, { title: t("desk.when"), cell: (document) => when(document.at) },
  ], one.documents), h("div", { class: "actions" }, element), place);
}

export async function reviewView({ params, signal }) {
  const crumbs = [[t("reviews.title"), to("reviews")]];
  const answer = await call("/operator/reviews", { partnerId: params.partnerId, reference: params.reference, limit: 1 }, signal);
  if (!answer.ok) return [head({ title: exact(params.reference), crumbs }), problem(answer)];
  const one = answer.data.items[0];
  if (!one) return [head({ title: exact(params.reference), crumbs }), empty(t("reviews.gone"), t("reviews.goneText"), link(t("reviews.back"), to("reviews"), "button"))];
  return [
    head({ title: exact(one.reference), crumbs, badge: badge(name("reviewKind", one.kind), "info"), lead: findings(one.found) }),
    card(t("reviews.facts"), facts(
      [t("desk.partner"), partnerLink(one.partnerId)], [t("desk.since"), when(one.since)], [t("reviews.user"), stateOf("userStatus", one.status)], [t("reviews.kyc"), stateOf("kyc", one.kycStatus)],
      [t("reviews.blocked"), one.blocked ? badge(t("console.yes"), "bad") : t("console.no")],
      one.otherReferences.length > 0 && [t("reviews.others"), one.otherReferences.map((other) => [mono(other), " "])],
      one.missingFields.length > 0 && [t("reviews.missing"), one.missingFields.map((path) => [mono(path), " "])],
      [t("reviews.userId"), copyable(one.userId)], one.ticketId && [t("reviews.ticket"), copyable(one.ticketId)])),
    card(t("reviews.values"), one.values.length === 0 ? h("p", { class: "hint" }, t("reviews.valuesNone")) : table(t("reviews.values"), [
      { title: t("reviews.field"), cell: (value) => mono(value.path) }, { title: t("reviews.value"), cell: (value) => (value.value ? exact(value.value) : null) },
      { title: t("reviews.source"), kind: "wide", cell: (value) => name("source", value.source) }, { title: t("desk.since"), kind: "wide", cell: (value) => when(value.since) },
    ], one.values)),
    one.documents.length > 0 && documentsCard(one),
    one.screenings.length > 0 && card(t("reviews.screenings"), table(t("reviews.screenings"), [
      { title: t("reviews.date"), cell: (screening) => day(screening.date) },
      { title: t("reviews.sanctions"), cell: (screening) => (screening.sanctions ? badge(t("console.yes"), "bad") : t("console.no")) },
      { title: t("reviews.pep"), cell: (screening) => (screening.pep ? badge(t("console.yes"), "bad") : t("console.no")) },
      { title: t("desk.when"), kind: "wide", cell: (screening) => when(screening.at) },
    ], one.screenings)),
    card(t("reviews.decisions"), one.decisions.length === 0 ? h("p", { class: "hint" }, t("reviews.decisionsNone")) : table(t("reviews.decisions"), [
      { title: t("reviews.decision"), cell: (before) => `${name("decision", before.decision)} · ${name("reviewKind", before.kind)}` },
      { title: t("reviews.note"), cell: (before) => before.note && exact(before.note) }, { title: t("reviews.operator"), kind: "wide", cell: (before) => before.operator && exact(before.operator) },
      { title: t("desk.when"), kind: "wide", cell: (before) => when(before.at) },
    ], one.decisions)),
    card(t("reviews.decide"), h("div", { class: "actions" }, decideButton(one, "approve", "primary"), decideButton(one, "reject", "danger"), decideButton(one, "retry", ""))),
  ];
}
