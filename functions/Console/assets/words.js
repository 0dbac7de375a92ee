// The reader's language, and dates and numbers in it. Each page adds its sentences; {…} is filled in.
import { h } from "./dom.js";

const languages = { en: {}, es: {} };
const slot = "console:language";

function chosen() {
  try { return localStorage.getItem(slot); } catch { return null; }
}

/** "en" or "es": as chosen, else as the browser is. */
export const language = languages[chosen()] ? chosen() : navigator.language?.toLowerCase().startsWith("es") ? "es" : "en";
document.documentElement.lang = language;

/** Another language needs another page: everything that is shown was made in this one. */
export function speak(other) {
  try { localStorage.setItem(slot, other); } catch { /* Then only the browser decides. */ }
  location.reload();
}

/** Adds sentences: { key: ["in English", "in Spanish"] }. */
export function say(sentences) {
  for (const [key, [en, es]] of Object.entries(sentences)) { languages.en[key] = en; languages.es[key] = es; }
}

export const knows = (key) => key in languages[language];

export function t(key, values = {}) {
  const text = languages[language][key] ?? languages.en[key];
  if (text === undefined) throw new Error(`There are no words for "${key}".`);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** The words for a value of a closed set; the value itself where it is new. */
export const name = (set, value) => (knows(`${set}.${value}`) ? t(`${set}.${value}`) : String(value));

const numbers = new Intl.NumberFormat(language);
export const number = (value) => numbers.format(value);
export const percent = (part, whole) => new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(whole > 0 ? part / whole : 0);
export const money = (value, currency) => new Intl.NumberFormat(language, { style: "currency", currency }).format(value);
export const milliseconds = (value) => (value < 1000 ? `${number(value)} ms` : `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value / 1000)} s`);

/** Minutes, hours and days of a span in seconds, the two largest of them. */
export function span(seconds) {
  const parts = [];
  let left = Math.round(seconds);
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]) {
    const count = Math.floor(left / size);
    if (count > 0 && parts.length < 2) parts.push(new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(count));
    left -= count * size;
  }
  return parts.join(" ") || new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "short" }).format(0);
}

const parts = { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" };
const moments = new Intl.DateTimeFormat(language, parts);
const precise = new Intl.DateTimeFormat(language, { ...parts, second: "2-digit" });
const ofOtherYears = new Intl.DateTimeFormat(language, { ...parts, year: "numeric" });
const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });

/** A moment in the reader's time zone, with the whole of it in UTC in its title. The year is left out where it is this one. */
export function when(moment, { seconds = false } = {}) {
  if (!moment) return "–";
  const at = new Date(moment);
  const isThisYear = at.getFullYear() === new Date().getFullYear();
  return h("time", { datetime: moment, title: `${moment.replace("T", " ").replace("Z", "")} UTC` }, (isThisYear ? (seconds ? precise : moments) : ofOtherYears).format(at));
}

/** A day (yyyy-mm-dd) as it is counted, in UTC. */
export const day = (text) => days.format(new Date(`${text}T00:00:00Z`));

/** The first or the last moment of a day in the reader's time zone, as the API takes it. */
export const startOf = (text) => (text ? new Date(`${text}T00:00:00`).toISOString() : undefined);
export const endOf = (text) => (text ? new Date(new Date(`${text}T00:00:00`).getTime() + 86_399_999).toISOString() : undefined);

/** The order of text in the reader's language. */
export const byText = new Intl.Collator(language).compare;

say({
  "console.skip": ["Skip to the content", "Ir al contenido"],
  "console.menu": ["Menu", "Menú"],
  "console.sections": ["Sections", "Secciones"],
  "console.language": ["Language", "Idioma"],
  "console.messages": ["Messages", "Mensajes"],
  "console.loading": ["Loading…", "Cargando…"],
  "console.retry": ["Try again", "Reintentar"],
  "console.more": ["Show more", "Mostrar más"],
  "console.shown": ["{shown} shown", "Mostrados: {shown}"],
  "console.shownOf": ["{shown} of {total}", "{shown} de {total}"],
  "console.end": ["That is all.", "Es todo."],
  "console.copy": ["Copy", "Copiar"],
  "console.copied": ["Copied", "Copiado"],
  "console.copyWhat": ["Copy {what}", "Copiar {what}"],
  "console.cancel": ["Cancel", "Cancelar"],
  "console.close": ["Close", "Cerrar"],
  "console.apply": ["Apply", "Aplicar"],
  "console.reset": ["Clear filters", "Quitar filtros"],
  "console.any": ["Any", "Cualquiera"],
  "console.table": ["Show as a table", "Ver como tabla"],
  "console.where": ["You are here", "Estás aquí"],
  "console.notFound": ["There is no such page", "No existe esta página"],
  "console.notFoundText": ["The menu leads to everything there is.", "El menú lleva a todo lo que hay."],
  "console.failed": ["This page could not be shown", "No se pudo mostrar esta página"],
  "console.yes": ["Yes", "Sí"],
  "console.no": ["No", "No"],
  "console.required": ["Please fill this in.", "Completa este campo."],
  "console.invalid": ["Please check the marked fields.", "Revisa los campos marcados."],
  "error.offline": ["No answer came. Check your connection, then try again.", "No hubo respuesta. Revisa tu conexión e inténtalo de nuevo."],
  "error.slow": ["No answer came within {seconds} seconds. Try again.", "No hubo respuesta en {seconds} segundos. Inténtalo de nuevo."],
  "error.strange": ["The answer was not ours (status {status}). Something stands between this page and the service.", "La respuesta no era nuestra (estado {status}). Hay algo entre esta página y el servicio."],
  "error.INVALID_REQUEST": ["The request is not valid.", "La solicitud no es válida."],
  "error.REFERENCE_ID_MISMATCH": ["This data request is about another person. Nothing was changed.", "Esta solicitud de datos es sobre otra persona. No se cambió nada."],
  "error.UNAUTHORIZED": ["You are not signed in any more. Sign in again.", "Ya no has iniciado sesión. Entra de nuevo."],
  "error.INVALID_API_KEY": ["This API key is unknown, revoked, or of the other environment.", "Esta clave de API no existe, fue revocada o es del otro entorno."],
  "error.PARTNER_SUSPENDED": ["This partner is suspended. Ask your contact to have it resumed.", "Este socio está suspendido. Pide a tu contacto que lo reactive."],
  "error.METHOD_NOT_ALLOWED": ["This cannot be done here.", "Esto no se puede hacer aquí."],
  "error.ACTIVE_LINK_EXISTS": ["This person has an active link already.", "Esta persona ya tiene un enlace activo."],
  "error.LINK_NOT_REVOCABLE": ["This link can no longer be revoked.", "Este enlace ya no se puede revocar."],
  "error.LINK_EXPIRED": ["This link has expired.", "Este enlace caducó."],
  "error.LINK_REVOKED": ["This link was revoked.", "Este enlace fue revocado."],
  "error.LINK_COMPLETED": ["This link has been used.", "Este enlace ya se usó."],
  "error.LINK_NOT_OPENED": ["This link has not been opened yet.", "Este enlace aún no se ha abierto."],
  "error.DATA_REQUEST_ALREADY_FULFILLED": ["This data request was answered before.", "Esta solicitud de datos ya se respondió."],
  "error.CIP_NOT_READY": ["Verification needs more of this user's data.", "La verificación necesita más datos de este usuario."],
  "error.CIP_ALREADY_VERIFIED": ["This user's identity is verified.", "La identidad de este usuario está verificada."],
  "error.CIP_RETRY_NOT_ALLOWED": ["This user's verification failed. It needs corrected data, or a review.", "La verificación de este usuario falló. Hacen falta datos corregidos o una revisión."],
  "error.CIP_NOT_REVIEWABLE": ["This verification cannot be decided so now.", "Esta verificación no se puede decidir así ahora."],
  "error.KYC_NOT_REVIEWABLE": ["This decision does not fit where the identity stands.", "Esta decisión no encaja con el estado de la identidad."],
  "error.QUOTE_EXPIRED": ["This quote has expired.", "Esta cotización caducó."],
  "error.OPERATION_NOT_CANCELLABLE": ["This transfer can no longer be cancelled.", "Esta transferencia ya no se puede cancelar."],
  "error.USER_ERASED": ["This person was erased.", "Esta persona fue borrada."],
  "error.DELIVERY_PENDING": ["An attempt is under way or still to come.", "Hay un intento en curso o por venir."],
  "error.NO_WEBHOOK_URL": ["There is no URL to send to.", "No hay URL a la que enviar."],
  "error.TOO_MANY_SECRETS": ["Four earlier secrets still sign.", "Aún firman cuatro secretos anteriores."],
  "error.TOO_MANY_KEYS": ["There are 20 keys already.", "Ya hay 20 claves."],
  "error.KEY_IN_USE": ["A key cannot revoke itself.", "Una clave no se puede revocar a sí misma."],
  "error.PARTNER_EXISTS": ["A partner with this id exists.", "Ya existe un socio con este id."],
  "error.MERGE_NOT_UNDOABLE": ["This merge can no longer be undone.", "Esta unión ya no se puede deshacer."],
  "error.MERGE_CONFLICT": ["Both are verified, as different people.", "Ambas están verificadas como personas distintas."],
  "error.ACCOUNT_FULL": ["The account would have too many references or addresses.", "La cuenta tendría demasiadas referencias o correos."],
  "error.DEAD_LETTER_BUSY": ["Somebody else has this message in hand.", "Alguien más está atendiendo este mensaje."],
  "error.AUDIT_UNAVAILABLE": ["The audit log cannot be written, so nothing was done.", "No se puede escribir el registro, así que no se hizo nada."],
  "error.RATE_LIMIT_EXCEEDED": ["Too many requests. Try again in {seconds} seconds.", "Demasiadas solicitudes. Inténtalo de nuevo en {seconds} segundos."],
  "error.INTERNAL_ERROR": ["Something went wrong on our side. Try again; if it persists, quote {request}.", "Algo falló de nuestro lado. Inténtalo de nuevo; si persiste, menciona {request}."],
  "error.CSRF_TOKEN_INVALID": ["This page is out of date. Load it again, then repeat what you did.", "Esta página está desactualizada. Vuelve a cargarla y repite lo que hiciste."],
  "error.RESOURCE_NOT_FOUND": ["There is no such thing, or it is not yours.", "No existe, o no es tuyo."],
  "error.IDEMPOTENCY_KEY_REUSED": ["This was sent before with other content. Load the page again.", "Esto ya se envió con otro contenido. Vuelve a cargar la página."],
});
