// Overview: what happened over the last days, as pictures that can be read without colour.
import { h } from "./dom.js";
import { t, say, when, day, number, percent, name } from "./words.js";
import { head, card, problem, link, empty, notice, tabs } from "./ui.js";
import { bars, columns } from "./chart.js";
import { to } from "./shell.js";
import { call } from "./session.js";

say({
  "overview.title": ["Overview", "Resumen"],
  "overview.span": ["Time", "Periodo"],
  "overview.days": ["{days} days", "{days} días"],
  "overview.lead": ["{from} to {to}, in days of UTC. Everything counts on the day on which it happened.", "Del {from} al {to}, en días UTC. Todo cuenta el día en que ocurrió."],
  "overview.created": ["Links created", "Enlaces creados"],
  "overview.completed": ["Completed", "Completados"],
  "overview.ofCreated": ["{share} of those created", "{share} de los creados"],
  "overview.asked": ["Data requests", "Solicitudes de datos"],
  "overview.answeredShare": ["{share} answered by you", "{share} respondidas por ti"],
  "overview.webhooks": ["Webhooks delivered", "Webhooks entregados"],
  "overview.deliveredShare": ["{share} of those that ended", "{share} de los terminados"],
  "overview.funnel": ["From link to transfer", "Del enlace a la transferencia"],
  "overview.funnelNote": ["How many links came to each step.", "Cuántos enlaces llegaron a cada paso."],
  "overview.beside": ["Ended without a transfer", "Terminaron sin transferencia"],
  "overview.step": ["Step", "Paso"],
  "overview.links": ["Links", "Enlaces"],
  "overview.perDay": ["Links created by day", "Enlaces creados por día"],
  "overview.day": ["Day", "Día"],
  "overview.time": ["From opening to completion", "De la apertura al final"],
  "overview.timeNote": ["How long those took that were completed.", "Cuánto tardaron los completados."],
  "overview.upTo": ["Up to {time}", "Hasta {time}"],
  "overview.longer": ["Longer", "Más"],
  "overview.minutes": ["{count} min", "{count} min"],
  "overview.hours": ["{count} h", "{count} h"],
  "overview.requests": ["How data requests ended", "Cómo terminaron las solicitudes"],
  "overview.ending": ["Ending", "Final"],
  "overview.count": ["Count", "Cantidad"],
  "overview.answered": ["You answered", "Respondiste"],
  "overview.inResponse": ["You answered in the response", "Respondiste en la respuesta"],
  "overview.fellBack": ["The person was asked instead", "Se pidió a la persona"],
  "overview.expired": ["Expired", "Caducaron"],
  "overview.health": ["Webhooks", "Webhooks"],
  "overview.delivered": ["Delivered", "Entregados"],
  "overview.failed": ["Failed", "Fallidos"],
  "overview.failedNow": ["Failed deliveries in this time: {count}. They are not sent again by themselves.", "Entregas fallidas en este periodo: {count}. No se reenvían solas."],
  "overview.seeFailed": ["See those that are still failed", "Ver las que siguen fallidas"],
  "overview.seeEndpoint": ["See your endpoint", "Ver tu endpoint"],
  "overview.superseded": ["No longer needed", "Ya no hacían falta"],
  "overview.endpoint": ["Your endpoint", "Tu endpoint"],
  "overview.none": ["Nothing has happened yet", "Aún no ha pasado nada"],
  "overview.noneText": ["Create a test link, open it as your user would, and this page shows how far it came.", "Crea un enlace de prueba, ábrelo como tu usuario, y esta página mostrará hasta dónde llegó."],
  "overview.create": ["Create a link", "Crear un enlace"],
  "overview.start": ["Quick start", "Inicio rápido"],
});

const figure = (title, value, note) => h("div", {}, h("dt", {}, title), h("dd", {}, number(value), " ", note && h("small", {}, note)));
const minutes = (count) => (count % 60 === 0 ? t("overview.hours", { count: number(count / 60) }) : t("overview.minutes", { count: number(count) }));

const funnel = ({ created, opened, inProgress, completed }) => {
  const step = (key, value) => ({ label: name("link", key), value, text: `${number(value)} · ${percent(value, created)}` });
  return bars(t("overview.funnel"), [step("created", created), step("opened", opened), step("in_progress", inProgress), step("completed", completed)], { note: t("overview.funnelNote"), titles: [t("overview.step"), t("overview.links")] });
};

export async function overviewView({ query, refresh }) {
  const days = ["7", "30", "90"].includes(query.days) ? query.days : "30";
  const [answer, endpoint] = await Promise.all([call("GET", "/partner/statistics", { query: { days } }), call("GET", "/partner/webhooks/endpoint")]);
  const choice = tabs(t("overview.span"), days, ["7", "30", "90"].map((count) => [count, t("overview.days", { days: count }), to("overview", { days: count })]));
  if (!answer.ok) return [head({ title: t("overview.title") }), choice, problem(answer, refresh)];
  const { from, to: until, links, completionTimes, dataRequests: asked, deliveries, days: each } = answer.data;
  const top = [head({ title: t("overview.title"), lead: t("overview.lead", { from: day(from), to: day(until) }) }), choice];
  const nothing = links.created + links.opened + links.completed + links.expired + links.revoked + deliveries.delivered + deliveries.failed + asked.asked === 0;
  if (nothing) return [...top, empty(t("overview.none"), t("overview.noneText"), link(t("overview.create"), to("links/new"), "button primary"), link(t("overview.start"), "/docs/quick-start", "button"))];
  const answered = asked.answered + asked.answeredInResponse;
  const ended = deliveries.delivered + deliveries.failed;
  const standing = !endpoint.ok ? "healthy" : endpoint.data.url ? endpoint.data.status.state : "none";
  return [
    ...top,
    h("dl", { class: "figures" },
      figure(t("overview.created"), links.created),
      figure(t("overview.completed"), links.completed, t("overview.ofCreated", { share: percent(links.completed, links.created) })),
      figure(t("overview.asked"), asked.asked, t("overview.answeredShare", { share: percent(answered, asked.asked) })),
      figure(t("overview.webhooks"), deliveries.delivered, t("overview.deliveredShare", { share: percent(deliveries.delivered, ended) }))),
    h("div", { class: "pair" },
      h("div", { class: "stack" },
        card(null, funnel(links), bars(t("overview.beside"), [{ label: name("link", "expired"), value: links.expired, tone: "warn" }, { label: name("link", "revoked"), value: links.revoked, tone: "bad" }], { titles: [t("overview.ending"), t("overview.links")] })),
        card(null, bars(t("overview.requests"), [
          { label: t("overview.answered"), value: asked.answered }, { label: t("overview.inResponse"), value: asked.answeredInResponse },
          { label: t("overview.fellBack"), value: asked.fellBack, tone: "warn" }, { label: t("overview.expired"), value: asked.expired, tone: "bad" },
        ], { titles: [t("overview.ending"), t("overview.count")] }))),
      h("div", { class: "stack" },
        card(null, columns(t("overview.perDay"), each.map((one) => ({ label: day(one.day), value: one.links.created })), { titles: [t("overview.day"), t("overview.links")] })),
        card(null, bars(t("overview.time"), completionTimes.map((one) => ({ label: one.upToMinutes ? t("overview.upTo", { time: minutes(one.upToMinutes) }) : t("overview.longer"), value: one.links })), { note: t("overview.timeNote"), titles: [t("overview.time"), t("overview.links")] })),
        card(null,
          standing !== "healthy" && notice(["failing", "disabled"].includes(standing) ? "bad" : "warn", h("p", {}, t("overview.endpoint"), ": ", name("state", standing), endpoint.data.status?.since && standing !== "none" && [" ", t("hooks.since"), " ", when(endpoint.data.status.since)]), link(t("overview.seeEndpoint"), to("webhooks"))),
          deliveries.failed > 0 && notice("warn", h("p", {}, t("overview.failedNow", { count: number(deliveries.failed) })), link(t("overview.seeFailed"), to("webhooks/deliveries", { status: "failed" }))),
          bars(t("overview.health"), [{ label: t("overview.delivered"), value: deliveries.delivered }, { label: t("overview.failed"), value: deliveries.failed, tone: "bad" }, { label: t("overview.superseded"), value: deliveries.superseded, tone: "quiet" }], { titles: [t("overview.ending"), t("overview.count")] })))),
  ];
}
