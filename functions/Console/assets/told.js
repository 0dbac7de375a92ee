// Sentences that the API says in English and that these pages show: in the reader's language.
// Errors have a code, and words for it (words.js). What is said of one field, of an attempt or of an answer has none, so
// it is known by its form; "$1" is what the sentence says of a value. A sentence that is not known stays, marked as English.
import { h } from "./dom.js";
import { language } from "./words.js";

const spanish = Object.entries({
  // What a field must be.
  "is required": "es obligatorio",
  "is missing": "falta",
  "is not valid JSON(.*): at most (\\d+) levels, no member twice, no comments": "no es JSON válido$1: máximo $2 niveles, ningún miembro dos veces, sin comentarios",
  "is no field, so it was ignored": "no es un campo, así que se ignoró",
  "is no field; (\\S+) is one": "no es un campo; $1 sí lo es",
  "must be a JSON object": "debe ser un objeto JSON",
  "must be an object": "debe ser un objeto",
  "must be a string: it (.+)": (rule) => `debe ser un texto: ${told(rule)}`,
  "must be a string of valid Unicode text": "debe ser un texto Unicode válido",
  "must be true or false": "debe ser true o false",
  "must be left out where there is no value, not null": "debe omitirse si no hay valor, no ser null",
  "must be a whole number from (\\S+) to (\\S+)": "debe ser un número entero de $1 a $2",
  "must be a number from (\\S+) to (\\S+) with at most two decimals": "debe ser un número de $1 a $2 con máximo dos decimales",
  "must be an array of (\\d+) to (\\d+)": "debe ser una lista de $1 a $2",
  "must be an array out of (.+)": "debe ser una lista de $1",
  "must be an array of at most (\\d+) currencies such as EUR, or null for all": "debe ser una lista de máximo $1 monedas como EUR, o null para todas",
  "must be an array of at most (\\d+) origins such as (\\S+): https, lower case, no path": "debe ser una lista de máximo $1 orígenes como $2: https, en minúsculas, sin ruta",
  "must be one of (.+)": "debe ser uno de $1",
  "must have at most (\\d+) characters": "debe tener máximo $1 caracteres",
  "must have at most (\\d+) bytes": "debe tener máximo $1 bytes",
  "must have at most (\\d+) bytes in all": "debe tener máximo $1 bytes en total",
  "must have at most (\\d+) keys": "debe tener máximo $1 claves",
  "must have a key of 1 to (\\d+) characters": "debe tener claves de 1 a $1 caracteres",
  "must have (\\d+) characters": "debe tener $1 caracteres",
  "must have (\\d+) to (\\d+) characters": "debe tener de $1 a $2 caracteres",
  "must have (\\d+) to (\\d+) characters, none of them a control character(.*)": "debe tener de $1 a $2 caracteres, ninguno de control$3",
  "must have at least one character that can be seen": "debe tener al menos un carácter visible",
  "must have at least one letter": "debe tener al menos una letra",
  "must not contain characters that change the direction of writing (.+)": "no debe tener caracteres que cambien la dirección de escritura $1",
  "must not contain control characters": "no debe tener caracteres de control",
  "must be a string, number or boolean of at most (\\d+) characters": "debe ser un texto, número o booleano de máximo $1 caracteres",
  "must have 4 to (\\d+) letters or digits": "debe tener de 4 a $1 letras o dígitos",
  "must have 1 to 40 lower-case letters, digits or hyphens": "debe tener de 1 a 40 letras minúsculas, dígitos o guiones",
  "must have 1 to 10 upper-case letters or digits, for example EUR": "debe tener de 1 a 10 letras mayúsculas o dígitos, por ejemplo EUR",
  "must have 2 to 32 lower-case letters, digits or hyphens and begin with a letter": "debe tener de 2 a 32 letras minúsculas, dígitos o guiones y empezar con una letra",
  "must have 1 to 128 of the characters (.+) and be neither . nor .. \\(no URL can name them\\)": "debe tener de 1 a 128 de los caracteres $1 y no ser . ni .. (ninguna URL puede nombrarlos)",
  "must have 1 to 255 letters, digits or hyphens, or be the referenceId of a link": "debe tener de 1 a 255 letras, dígitos o guiones, o ser el referenceId de un enlace",
  "must have 1 to 255 letters, digits or hyphens where nobody is known by it \\(only a link may create more\\)": "debe tener de 1 a 255 letras, dígitos o guiones si nadie se conoce por él (solo un enlace puede crear otros)",
  "must have identityReference or email, and not both": "debe tener identityReference o email, y no ambos",
  "must have at least one of the fields asked for: (.+)": "debe tener al menos uno de los campos pedidos: $1",
  "must have at least one of (.+)": "debe tener al menos uno de $1",
  "must not be null: leave it out to keep it as it is": "no debe ser null: omítelo para dejarlo como está",
  "must be another one than reference": "debe ser distinta de reference",
  "must not be before from": "no debe ser anterior a from",
  "must be given once and not be empty": "debe darse una vez y no estar vacío",
  "must be left out with cursor, which says where the page begins": "debe omitirse con cursor, que dice dónde empieza la página",
  "must be the nextCursor of an answer to you": "debe ser el nextCursor de una respuesta que recibiste",
  "is no parameter of this route, which takes (.+)": "no es un parámetro de esta ruta, que acepta $1",
  "is reserved, as paths begin with it: choose another": "está reservado porque hay rutas que empiezan así: elige otro",
  "is required, or failedSince instead of it": "es obligatorio, o failedSince en su lugar",
  "is required: PATCH changes parts, and null takes the URL away": "es obligatorio: PATCH cambia partes, y null quita la URL",
  "must be sent once and have 1 to 255 printable ASCII characters, but no comma": "debe enviarse una vez y tener de 1 a 255 caracteres ASCII imprimibles, sin coma",
  "must be an ISO 8601 date or timestamp, for example (\\S+)": "debe ser una fecha o un momento ISO 8601, por ejemplo $1",
  "must be a calendar date as YYYY-MM-DD": "debe ser una fecha como AAAA-MM-DD",
  "must be in the past": "debe estar en el pasado",
  "must not be in the future": "no debe estar en el futuro",
  "must give an age of (\\d+) to (\\d+) years": "debe dar una edad de $1 a $2 años",
  "must be a link's id, as the answer to its creation has it": "debe ser el id de un enlace, como lo dio su creación",
  "must be a replay's id, as the answer to its beginning has it": "debe ser el id de un reenvío, como lo dio su inicio",
  "must be an HTTP status such as 404, or a class such as 4xx": "debe ser un estado HTTP como 404, o una clase como 4xx",
  "must be the code of an error, for example RATE_LIMIT_EXCEEDED": "debe ser el código de un error, por ejemplo RATE_LIMIT_EXCEEDED",
  "must be a route with its placeholders, for example (\\S+)": "debe ser una ruta con sus marcadores, por ejemplo $1",
  "must be an e-mail address of at most (\\d+) characters, for example (\\S+)": "debe ser un correo de máximo $1 caracteres, por ejemplo $2",
  "must be a CLABE for MX: 18 digits, the last of them its check digit": "debe ser una CLABE para MX: 18 dígitos, el último verificador",
  "must be a CURP of 18 characters: .+": "debe ser una CURP de 18 caracteres: 4 letras, fecha de nacimiento (AAMMDD), H, M o X, 5 letras, 1 letra o dígito, 1 dígito",
  "must be a social security number as (\\S+)": "debe ser un número de seguro social como $1",
  "must be an individual taxpayer number as (\\S+)": "debe ser un número de contribuyente individual como $1",
  "must be an ISO 3166-1 alpha-2 country code in upper case, for example MX": "debe ser un código de país ISO 3166-1 alfa-2 en mayúsculas, por ejemplo MX",
  // An address that is called.
  "must be an absolute https URL: it begins with https://": "debe ser una URL https absoluta: empieza con https://",
  "must not have a (\\S+) in its path or query: write (\\S+)": "no debe tener $1 en su ruta o consulta: escribe $2",
  "must have two hexadecimal digits after each %: write a % itself as %25": "debe tener dos dígitos hexadecimales tras cada %: escribe % como %25",
  "must have a valid host name": "debe tener un nombre de host válido",
  "must not hold a user name or password": "no debe contener usuario ni contraseña",
  "must use port 443 or 8443": "debe usar el puerto 443 u 8443",
  "must be a public host": "debe ser un host público",
  // How an attempt ended.
  "no complete answer within (\\d+) s": "sin respuesta completa en $1 s",
  "the connection was reset at once": "la conexión se cortó al instante",
  "the connection broke while the answer was read": "la conexión se cortó al leer la respuesta",
  "the host name cannot be resolved": "no se puede resolver el nombre del host",
  "the connection was refused or broke": "la conexión fue rechazada o se cortó",
  "the TLS handshake failed": "falló la negociación TLS",
  "the connection was closed before an answer was complete": "la conexión se cerró antes de completar la respuesta",
  "the answer is not usable HTTP \\((\\w+)\\)": "la respuesta no es HTTP utilizable ($1)",
  "the host resolves to an address that is not on the public internet": "el host lleva a una dirección que no está en internet público",
  "the endpoint answered (\\d+)": "el endpoint respondió $1",
  "the server does not speak TLS at this port": "el servidor no habla TLS en este puerto",
  "the server speaks only an old TLS: it must offer TLS 1.2 or 1.3": "el servidor solo habla un TLS antiguo: debe ofrecer TLS 1.2 o 1.3",
  "the server showed no certificate": "el servidor no mostró ningún certificado",
  "the certificate.+": (whole) => whole.split(", and ").map((one) => certificates[one] ?? one).join(", y "),
  // What became of an answer.
  "The data request is (\\w+)\\.": (status) => `La solicitud de datos está ${{ fulfilled: "respondida", expired: "caducada", cancelled: "cancelada" }[status] ?? status}.`,
  "The answer's userData was merged\\.": "Se tomaron los datos de userData de la respuesta.",
  "The answer's userData was merged, but look at this: (.+)\\.": (list) => `Se tomaron los datos de userData de la respuesta, pero mira esto: ${listed(list)}.`,
  "The answer's userData was not accepted: (.+)\\.": (list) => `No se aceptó userData de la respuesta: ${listed(list)}.`,
  "The answer's body (.+), so it only says that the request was received\\. (.+)": (why, wanted) => `El cuerpo de la respuesta ${told(why)}, así que solo dice que se recibió la solicitud. ${told(wanted)}`,
  "An answer is (.+), in UTF-8\\.": "Una respuesta es $1, en UTF-8.",
  "has no member userData": "no tiene el miembro userData",
  "has a Content-Encoding that is not gzip, deflate or br": "tiene un Content-Encoding que no es gzip, deflate ni br",
  "has a charset that is not known here: send UTF-8": "tiene un charset desconocido: envía UTF-8",
  "is not what its Content-Encoding says": "no es lo que dice su Content-Encoding",
  "has more than (\\d+) codings in its Content-Encoding": "tiene más de $1 codificaciones en su Content-Encoding",
  "has more than (\\d+) bytes": "tiene más de $1 bytes",
  "is no text in (\\S+), which it says it is": "no es texto en $1, como dice ser",
  "The receiving institution refused the account (.+)": "La institución receptora rechazó la cuenta $1",
}).map(([form, words]) => [new RegExp(`^(?:${form})$`), words]);

const certificates = {
  "the certificate was revoked": "el certificado fue revocado",
  "the certificate is not made for servers": "el certificado no es para servidores",
  "the certificate's signature does not fit": "la firma del certificado no corresponde",
  "the certificate comes from an authority that is not trusted publicly (or from the server itself)": "el certificado viene de una autoridad sin confianza pública (o del propio servidor)",
  "the certificate's chain is incomplete: the server must send the intermediate certificates, too": "la cadena del certificado está incompleta: el servidor debe enviar también los intermedios",
  "the certificate is for another host name": "el certificado es para otro nombre de host",
  "the certificate is not valid yet": "el certificado aún no es válido",
  "the certificate has expired": "el certificado venció",
  "the certificate cannot be used": "el certificado no se puede usar",
};

/** "userData.dob must …; userData.idType must …" */
const listed = (list) => list.split("; ").map((one) => one.replace(/^(\S+) (.+)$/, (_, field, rule) => `${field} ${told(rule)}`)).join("; ");

/** The sentence in Spanish; null where it is not known. */
export function inSpanish(sentence) {
  for (const [form, words] of spanish) {
    const found = form.exec(sentence);
    if (!found) continue;
    const [whole, ...values] = found;
    return typeof words === "function" ? words(...values, whole) : words.replace(/\$(\d)/g, (_, at) => values[at - 1]);
  }
  return null;
}

/** The sentence in the reader's language, as text. */
export const told = (sentence) => (language === "es" && inSpanish(sentence)) || sentence;

/** The same as an element that says so where it stayed in English. */
export function said(sentence) {
  const words = told(sentence);
  return language === "en" || words !== sentence ? h("span", {}, words) : h("span", { lang: "en" }, sentence);
}
