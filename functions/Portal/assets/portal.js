// The partner's portal: signs in, then leads to its sections.
import { h, exact } from "./dom.js";
import { t, say, name } from "./words.js";
import { field, form, submit, button, notice, problem, toast, showErrors, link } from "./ui.js";
import { sentence } from "./api.js";
import { start, showAlone } from "./shell.js";
import { session, resume, signIn, signOut, onEnd } from "./session.js";
import { overviewView } from "./overview.js";
import { linksView, linkView, newLinkView } from "./links.js";
import { usersView, userView } from "./users.js";
import { identitiesView } from "./identities.js";
import { endpointView, deliveriesView, deliveryView, replayView, eventsView } from "./webhooks.js";
import { keysView, requestsView, limitsView } from "./developers.js";

say({
  "portal.signIn": ["Sign in to the portal", "Entrar al portal"],
  "portal.signInText": ["With an API key of your company. It is exchanged once for a session of 8 hours and kept nowhere in this page.", "Con una clave de API de tu empresa. Se cambia una vez por una sesión de 8 horas y no se guarda en esta página."],
  "portal.key": ["API key", "Clave de API"],
  "portal.keyHint": ["It begins with m2m_test_ or m2m_live_.", "Comienza con m2m_test_ o m2m_live_."],
  "portal.noKey": ["No key? Whoever runs this service issues the first one; the next ones you make here.", "¿Sin clave? La primera la da quien opera este servicio; las siguientes las creas aquí."],
  "portal.enter": ["Sign in", "Entrar"],
  "portal.signOut": ["Sign out", "Salir"],
  "portal.ended": ["Your session has ended. Sign in again.", "Tu sesión terminó. Entra de nuevo."],
  "portal.signedOut": ["You are signed out.", "Has salido."],
  "portal.badKey": ["This is no key of this environment, or it was revoked.", "No es una clave de este entorno, o fue revocada."],
  "portal.suspended": ["This partner is suspended. Ask your contact to have it resumed.", "Este socio está suspendido. Pide a tu contacto que lo reactive."],
  "portal.docs": ["Documentation", "Documentación"],
  "environment.sandbox": ["Sandbox", "Pruebas"],
  "environment.production": ["Production", "Producción"],
  "nav.overview": ["Overview", "Resumen"],
  "nav.links": ["Links", "Enlaces"],
  "nav.users": ["Users", "Usuarios"],
  "nav.identities": ["Identities", "Identidades"],
  "nav.webhooks": ["Webhooks", "Webhooks"],
  "nav.developers": ["Developers", "Desarrolladores"],
});

const mark = (text) => h("span", { class: "mark", "aria-hidden": "true", translate: "no" }, [...text.trim()][0]?.toUpperCase() ?? "M");

function askForKey(message) {
  const place = h("div", {}, message);
  const wrong = (answer) => {
    if (answer.code === "UNAUTHORIZED" || answer.code === "INVALID_API_KEY") return t("portal.badKey");
    return answer.code === "PARTNER_SUSPENDED" ? t("portal.suspended") : sentence(answer);
  };
  showAlone(h("div", { class: "card" },
    h("div", { class: "brand" }, mark(document.body.dataset.name), h("p", { class: "brand-name", translate: "no" }, document.body.dataset.name)),
    h("div", { class: "stack" },
      h("div", {}, h("h1", {}, t("portal.signIn")), h("p", { class: "lead" }, t("portal.signInText"))),
      form(async ({ key }, element) => {
        if (!key) { showErrors(element, [{ field: "key", message: t("console.required") }]); return; }
        const answer = await signIn(key);
        if (answer.ok) { element.reset(); open(); return; }
        place.replaceChildren();
        showErrors(element, [{ field: "key", message: wrong(answer) }]);
      }, place, field("key", { label: t("portal.key"), hint: t("portal.keyHint"), type: "password", spellcheck: "false", autocapitalize: "none", maxlength: 100 }), submit(t("portal.enter"))),
      h("p", { class: "hint" }, t("portal.noKey"), " ", link(t("portal.docs"), "/docs")))));
  document.getElementById("key").focus();
}

function open() {
  const { partner, environment } = session();
  start({
    brand: () => h("div", { class: "brand" }, mark(partner.name), h("p", { class: "brand-name" }, exact(partner.name), h("small", {}, name("environment", environment)))),
    menu: ["overview", "links", "users", "identities", "webhooks", "developers"].map((section) => [t(`nav.${section}`), section]),
    foot: [
      () => h("a", { href: "/docs" }, t("portal.docs")),
      () => button(t("portal.signOut"), async () => {
        const answer = await signOut();
        if (session()) toast(sentence(answer)); else askForKey(notice("good", t("portal.signedOut")));
      }, "small"),
    ],
    routes: {
      "overview": overviewView,
      "links": linksView,
      "links/new": newLinkView,
      "links/:linkId": linkView,
      "users": usersView,
      "users/:referenceId": userView,
      "identities": identitiesView,
      "webhooks": endpointView,
      "webhooks/deliveries": deliveriesView,
      "webhooks/deliveries/:deliveryId": deliveryView,
      "webhooks/replays/:replayId": replayView,
      "webhooks/events": eventsView,
      "developers": keysView,
      "developers/requests": requestsView,
      "developers/limits": limitsView,
    },
  });
}

onEnd(() => askForKey(notice("warn", t("portal.ended"))));

const answer = await resume();
if (answer.ok) open();
else if (answer.status === 401 || answer.status === 403) askForKey();
else askForKey(problem(answer, () => location.reload()));
