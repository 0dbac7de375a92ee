// Every sentence of the widget, in both languages. {…} is filled in.
const en = {
  phases: "Progress", you: "Details", identity: "Identity", amount: "Amount", confirm: "Confirm",
  continue: "Continue", back: "Back", loading: "Loading…", working: "One moment…", change: "Change",
  offline: "No connection. We keep trying.", failed: "That did not work. Please try again.", slow: "This takes longer than usual. One moment, please.", unsure: "We got no answer. Check your connection, then try again.", invalid: "Please check the marked fields.",
  known: "Is this you?", knownText: "This is what {partner} has told us.", knownMissing: "We still need a few things. {partner} may know them already; otherwise we ask you.",
  from: "From {partner}", yours: "Entered by you", verified: "Verified",
  waiting: "Asking {partner} for your details…", waitingText: "You can begin to type meanwhile.",
  arrived: "{partner} has filled in your details.", ask: "Your details", askText: "Enter them as they stand on your document.", askLate: "{partner} has not answered, so please enter them yourself.",
  "name.firstName": "First name", "name.secondName": "Middle name", "name.lastName": "Last name", "name.secondLastName": "Mother’s last name",
  idType: "Type of document", idNumber: "Document number", dob: "Date of birth", none: "Leave empty if you have none", empty: "none",
  CURP: "CURP", INE: "INE", PASSPORT: "Passport", SSN: "SSN", ITIN: "ITIN", DRIVERS_LICENSE: "Driver’s license", choose: "Choose…",
  required: "Please fill this in.", "bad.idNumber": "Check the number. It has 4 to 30 letters or digits.", "bad.CURP": "Check the number. A CURP has 18 characters, as in GOMC900514HDFRRL09.", "bad.SSN": "Check the number. An SSN has 9 digits, as in 123-45-6789.", "bad.ITIN": "Check the number. An ITIN has 9 digits and begins with 9, as in 912-34-5678.", "bad.dob": "Enter your date of birth. You must be 18 or older.", "bad.idType": "Choose your document.", "bad.name": "Use 1 to 100 letters.", badText: "Use 1 to 100 characters.",
  doubt: "Please check these two", doubtText: "A CURP holds the date of birth, and yours holds another one. Correct what is wrong. If both are as on your document, go on.", correct: "Correct it", bothRight: "Both are right, go on", doubtLeft: "The date in the CURP is still another one.",
  document: "Photo of your document", documentText: "Lay it flat, avoid glare, and keep all four corners in the picture.", pick: "Take or choose a photo", pickHint: "JPEG or PNG. We make it smaller before sending.", preview: "Your picture", send: "Use this photo", badPicture: "This file is no picture that we can read. Choose a JPEG or PNG.", noPicture: "Choose a picture first.", sending: "Sending your picture…",
  verify: "Verify your identity", verifyText: "We check your details against your document. It usually takes seconds.", verifyStart: "Verify me",
  verifying: "Checking your identity", verifyingText: "You can keep this page open or come back later: we go on in the meantime.",
  review: "A colleague is taking a look", reviewText: "We could not decide automatically. You can close this page and come back with the same link.",
  rejected: "We could not verify you", rejectedText: "Something did not match your document. Correct what is wrong, then try again.", rejectedLocked: "The details that did not match came from {partner}. Ask them to correct those and to send you a new link.", retry: "Try again", keep: "Leave empty to keep {value}", newPhoto: "A new photo of your document (optional)",
  done: "Your identity is verified", doneText: "{partner} hears of it from us. You can close this page.", doneBack: "Back to {partner}", leaving: "We take you back to {partner} in a moment.",
  amountTitle: "How much do you want to send?", amountText: "To your own account. You see every cost here.", youSend: "You send", theyGet: "You receive", rate: "Exchange rate", fee: "Fee", pay: "You pay in all", badAmount: "Enter an amount from {min} to {max}.", unreadableAmount: "We cannot read this amount. Write it as in {example}, from {min} to {max}.", doubtfulAmount: "Do you mean {large} or {small}? Write {whole} or {cents}.", quoting: "Getting the rate…", noQuote: "We could not get the rate. Check your connection, then try again.", held: "This rate is kept until {time}.",
  where: "Where should the money go?", bank_account: "Bank account", cash: "Cash pick-up", clabe: "CLABE", clabeHint: "18 digits, as in your banking app", clabeLength: "A CLABE has 18 digits. Here are {count}.", clabeOfDigits: "A CLABE has 18 digits and nothing else.", badClabe: "A CLABE has 18 digits. Check them: the last one does not fit the others.", provider: "Where to pick it up", providerHint: "For example Oxxo", reference: "Reference for the pick-up", methodFrom: "Given by {partner}",
  check: "Check your transfer", checkText: "Nothing is sent until you confirm.", confirmNow: "Confirm and pay {amount}", unsureSend: "We got no answer, and no transfer shows here so far. You can try again: it is never sent twice.", requoted: "The rate had expired. Here is the new one.", to: "To",
  "receipt.created": "Your transfer is on its way", "receipt.processing": "Your transfer is on its way", "receipt.completed": "The money has arrived", "receipt.failed": "The transfer failed", "receipt.cancelled": "Transfer cancelled",
  "text.created": "We pass it on in a moment. Until then you can cancel it.", "text.processing": "The bank has it. It usually arrives within minutes.", "text.completed": "The money was paid out. You can print this receipt, and close this page.", "text.failed": "The payout was refused: nothing has arrived. If you have already paid the {total}, ask {partner} about it; your reference is {number}. To try again, ask {partner} for a new link.", "text.cancelled": "Nothing was sent. If you have already paid the {total}, ask {partner} about it; your reference is {number}.",
  number: "Reference", date: "Date", status: "Status", cancel: "Cancel transfer", cancelSure: "Cancel this transfer?", cancelYes: "Yes, cancel it", cancelNo: "Keep it", unsureCancel: "We got no answer. This is how your transfer stands; you can try again.", tooLate: "It is too late to cancel: the bank has it.",
  "s.created": "Confirmed", "s.processing": "On its way", "s.completed": "Paid out", "s.failed": "Failed", "s.cancelled": "Cancelled",
  LINK_EXPIRED: "This link has expired", LINK_REVOKED: "This link was withdrawn", LINK_COMPLETED: "This link has been used", RESOURCE_NOT_FOUND: "There is no such link",
 
  sandboxed: "This page cannot work where it is shown: the page around it must allow more. Its developers: <iframe sandbox=\"allow-scripts allow-same-origin allow-forms\">.",
  unsent: "No connection. What you entered is kept here and has not been sent yet. We send it as soon as there is a connection.", asked: "What is still missing", notMe: "No, this is not me", stranger: "Then please do not go on",
  strangerText: "This link may be for somebody else, or {partner} has some of your details wrong. Nothing has been sent.", strangerWrong: "If a detail is wrong, ask {partner} to correct it and to send you a new link.",
  strangerOther: "If the link is not for you, close this page and let {partner} know.", itIsMe: "Go back: this is me", edit: "Change my details", editTitle: "Change your details", save: "Save", lockedTitle: "From {partner}",
  lockedText: "These cannot be changed here. If one is wrong, ask {partner} to correct it and to send you a new link.", offered: "{partner} has sent your details. They count before what you type.", useThem: "Use these details",
  changed: "Something has changed meanwhile.", showIt: "Show it", showNumber: "Show", hideNumber: "Hide", showNamed: "Show: {name}", hideNamed: "Hide: {name}", account: "Account number",
  "hint.CURP": "18 letters and digits, as in GOMC900514HDFRRL09", "hint.SSN": "9 digits, as in 123-45-6789", "hint.ITIN": "9 digits that begin with 9, as in 912-34-5678", "hint.idNumber": "As it stands on your document",
  pickOther: "Choose another photo", accept: "By confirming you accept", termsOf: "the terms of {partner}", received: "You received", paid: "You paid in all", "at.completed": "Paid out on", "at.failed": "Failed on",
  "at.cancelled": "Cancelled on", print: "Print or save", noPrint: "This browser does not print. Take a picture of the screen instead.", backTo: "Back to {partner}", closeIt: "You can close this window.",
  "do.LINK_EXPIRED": "Ask {partner} for a new one. What you have entered so far is kept.", "do.LINK_REVOKED": "{partner} has taken it back. If you want to go on, ask {partner} for a new one.",
  "do.LINK_COMPLETED": "A transfer was confirmed with it. Ask {partner} how it stands.", "do.RESOURCE_NOT_FOUND": "Open it once more from the message that it came with, or ask {partner} for a new one.",
};
const es = {
  phases: "Avance", you: "Datos", identity: "Identidad", amount: "Monto", confirm: "Confirmar",
  continue: "Continuar", back: "Atrás", loading: "Cargando…", working: "Un momento…", change: "Cambiar",
  offline: "Sin conexión. Seguimos intentando.", failed: "No funcionó. Inténtalo de nuevo.", slow: "Tarda más de lo normal. Un momento, por favor.", unsure: "No hubo respuesta. Revisa tu conexión e inténtalo de nuevo.", invalid: "Revisa los campos marcados.",
  known: "¿Eres tú?", knownText: "Esto es lo que nos dijo {partner}.", knownMissing: "Aún faltan algunos datos. Quizá {partner} ya los tenga; si no, te los pedimos.",
  from: "De {partner}", yours: "Escrito por ti", verified: "Verificado",
  waiting: "Pidiendo tus datos a {partner}…", waitingText: "Mientras tanto ya puedes empezar a escribir.",
  arrived: "{partner} completó tus datos.", ask: "Tus datos", askText: "Escríbelos como aparecen en tu documento.", askLate: "{partner} no ha respondido; escríbelos tú, por favor.",
  "name.firstName": "Primer nombre", "name.secondName": "Segundo nombre", "name.lastName": "Primer apellido", "name.secondLastName": "Segundo apellido",
  idType: "Tipo de documento", idNumber: "Número de documento", dob: "Fecha de nacimiento", none: "Déjalo vacío si no tienes", empty: "ninguno",
  CURP: "CURP", INE: "INE", PASSPORT: "Pasaporte", SSN: "SSN", ITIN: "ITIN", DRIVERS_LICENSE: "Licencia de conducir", choose: "Elige…",
  required: "Completa este campo.", "bad.idNumber": "Revisa el número. Tiene de 4 a 30 letras o dígitos.", "bad.CURP": "Revisa el número. Una CURP tiene 18 caracteres, como GOMC900514HDFRRL09.", "bad.SSN": "Revisa el número. Un SSN tiene 9 dígitos, como 123-45-6789.", "bad.ITIN": "Revisa el número. Un ITIN tiene 9 dígitos y empieza con 9, como 912-34-5678.", "bad.dob": "Escribe tu fecha de nacimiento. Debes tener 18 años o más.", "bad.idType": "Elige tu documento.", "bad.name": "Usa de 1 a 100 letras.", badText: "Usa de 1 a 100 caracteres.",
  doubt: "Revisa estos dos datos", doubtText: "Una CURP contiene la fecha de nacimiento, y la tuya contiene otra. Corrige lo que esté mal. Si los dos están como en tu documento, continúa.", correct: "Corregir", bothRight: "Los dos están bien, continuar", doubtLeft: "La fecha de la CURP sigue siendo otra.",
  document: "Foto de tu documento", documentText: "Ponlo sobre una mesa, sin reflejos y con las cuatro esquinas visibles.", pick: "Toma o elige una foto", pickHint: "JPEG o PNG. La reducimos antes de enviarla.", preview: "Tu foto", send: "Usar esta foto", badPicture: "No podemos leer este archivo. Elige un JPEG o PNG.", noPicture: "Primero elige una foto.", sending: "Enviando tu foto…",
  verify: "Verifica tu identidad", verifyText: "Comparamos tus datos con tu documento. Suele tomar segundos.", verifyStart: "Verificarme",
  verifying: "Verificando tu identidad", verifyingText: "Puedes dejar esta página abierta o volver después: seguimos mientras tanto.",
  review: "Una persona lo está revisando", reviewText: "No pudimos decidir automáticamente. Puedes cerrar esta página y volver con el mismo enlace.",
  rejected: "No pudimos verificarte", rejectedText: "Algo no coincide con tu documento. Corrige lo que esté mal e inténtalo de nuevo.", rejectedLocked: "Los datos que no coinciden vienen de {partner}. Pide que los corrijan y que te envíen un enlace nuevo.", retry: "Intentar de nuevo", keep: "Déjalo vacío para conservar {value}", newPhoto: "Otra foto de tu documento (opcional)",
  done: "Tu identidad está verificada", doneText: "Se lo comunicamos a {partner}. Puedes cerrar esta página.", doneBack: "Volver a {partner}", leaving: "En un momento te llevamos de vuelta a {partner}.",
  amountTitle: "¿Cuánto quieres enviar?", amountText: "A tu propia cuenta. Aquí ves todos los costos.", youSend: "Envías", theyGet: "Recibes", rate: "Tipo de cambio", fee: "Comisión", pay: "Pagas en total", badAmount: "Escribe un monto de {min} a {max}.", unreadableAmount: "No entendemos este monto. Escríbelo como en {example}, de {min} a {max}.", doubtfulAmount: "¿Son {large} o {small}? Escribe {whole} o {cents}.", quoting: "Consultando el tipo de cambio…", noQuote: "No pudimos consultar el tipo de cambio. Revisa tu conexión e inténtalo de nuevo.", held: "Este tipo de cambio se mantiene hasta las {time}",
  where: "¿A dónde va el dinero?", bank_account: "Cuenta bancaria", cash: "Efectivo", clabe: "CLABE", clabeHint: "18 dígitos, como en tu app del banco", clabeLength: "Una CLABE tiene 18 dígitos. Aquí hay {count}.", clabeOfDigits: "Una CLABE tiene 18 dígitos y nada más.", badClabe: "Una CLABE tiene 18 dígitos. Revísalos: el último no corresponde a los demás.", provider: "Dónde recogerlo", providerHint: "Por ejemplo Oxxo", reference: "Referencia para recogerlo", methodFrom: "Dado por {partner}",
  check: "Revisa tu transferencia", checkText: "No se envía nada hasta que confirmes.", confirmNow: "Confirmar y pagar {amount}", unsureSend: "No hubo respuesta y aún no aparece ninguna transferencia. Puedes intentarlo de nuevo: nunca se envía dos veces.", requoted: "El tipo de cambio había vencido. Este es el nuevo.", to: "A",
  "receipt.created": "Tu transferencia va en camino", "receipt.processing": "Tu transferencia va en camino", "receipt.completed": "El dinero llegó", "receipt.failed": "La transferencia falló", "receipt.cancelled": "Transferencia cancelada",
  "text.created": "La enviamos en un momento. Hasta entonces puedes cancelarla.", "text.processing": "El banco ya la tiene. Suele llegar en minutos.", "text.completed": "El dinero fue pagado. Puedes imprimir este recibo y cerrar la página.", "text.failed": "El pago fue rechazado: no llegó nada. Si ya pagaste {total}, pregunta a {partner}; tu referencia es {number}. Para intentarlo otra vez, pide a {partner} un enlace nuevo.", "text.cancelled": "No se envió nada. Si ya pagaste {total}, pregunta a {partner}; tu referencia es {number}.",
  number: "Referencia", date: "Fecha", status: "Estado", cancel: "Cancelar transferencia", cancelSure: "¿Cancelar esta transferencia?", cancelYes: "Sí, cancelarla", cancelNo: "Conservarla", unsureCancel: "No hubo respuesta. Así está tu transferencia; puedes intentarlo de nuevo.", tooLate: "Ya no se puede cancelar: el banco la tiene.",
  "s.created": "Confirmada", "s.processing": "En camino", "s.completed": "Pagada", "s.failed": "Fallida", "s.cancelled": "Cancelada",
  LINK_EXPIRED: "Este enlace ha caducado", LINK_REVOKED: "Este enlace fue retirado", LINK_COMPLETED: "Este enlace ya se usó", RESOURCE_NOT_FOUND: "No existe este enlace",
 
  sandboxed: "Esta página no puede funcionar donde se muestra: la página que la contiene debe permitir más. Para quien la programa: <iframe sandbox=\"allow-scripts allow-same-origin allow-forms\">.",
  unsent: "Sin conexión. Lo que escribiste se conserva aquí y aún no se ha enviado. Lo enviamos en cuanto haya conexión.", asked: "Lo que falta", notMe: "No, no soy yo", stranger: "Entonces no continúes",
  strangerText: "Quizá este enlace es para otra persona, o {partner} tiene mal algunos de tus datos. No se ha enviado nada.", strangerWrong: "Si un dato está mal, pide a {partner} que lo corrija y que te envíe un enlace nuevo.",
  strangerOther: "Si el enlace no es para ti, cierra esta página y avisa a {partner}.", itIsMe: "Volver: sí soy yo", edit: "Cambiar mis datos", editTitle: "Cambia tus datos", save: "Guardar", lockedTitle: "De {partner}",
  lockedText: "Estos no se pueden cambiar aquí. Si alguno está mal, pide a {partner} que lo corrija y que te envíe un enlace nuevo.", offered: "{partner} envió tus datos. Cuentan antes que lo que escribas.",
  useThem: "Usar estos datos", changed: "Algo cambió mientras tanto.", showIt: "Mostrarlo", showNumber: "Mostrar", hideNumber: "Ocultar", showNamed: "Mostrar: {name}", hideNamed: "Ocultar: {name}", account: "Número de cuenta",
  "hint.CURP": "18 letras y dígitos, como GOMC900514HDFRRL09", "hint.SSN": "9 dígitos, como 123-45-6789", "hint.ITIN": "9 dígitos que empiezan con 9, como 912-34-5678", "hint.idNumber": "Como aparece en tu documento",
  pickOther: "Elegir otra foto", accept: "Al confirmar aceptas", termsOf: "las condiciones de {partner}", received: "Recibiste", paid: "Pagaste en total", "at.completed": "Pagada el", "at.failed": "Falló el",
  "at.cancelled": "Cancelada el", print: "Imprimir o guardar", noPrint: "Este navegador no imprime. Toma una captura de pantalla.", backTo: "Volver a {partner}", closeIt: "Puedes cerrar esta ventana.",
  "do.LINK_EXPIRED": "Pide uno nuevo a {partner}. Lo que ya escribiste se conserva.", "do.LINK_REVOKED": "{partner} lo retiró. Si quieres continuar, pide uno nuevo a {partner}.",
  "do.LINK_COMPLETED": "Con él ya se confirmó una transferencia. Pregunta a {partner} cómo va.", "do.RESOURCE_NOT_FOUND": "Ábrelo de nuevo desde el mensaje con el que llegó, o pide uno nuevo a {partner}.",
};

export const language = document.documentElement.lang === "es" ? "es" : "en";
const texts = language === "es" ? es : en;
// The reader's own country, as far as the browser tells it, decides how numbers and dates are written.
const locale = navigator.languages.find((tag) => new RegExp(`^${language}(-[a-z0-9]{2,8})*$`, "i").test(tag))
  ?? (language === "es" ? "es-MX" : "en-US");

/** A sentence. */
export const t = (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

/** A sentence in parts, each place for a value as {name}. */
export const split = (key) => (texts[key] ?? key).split(/(\{\w+\})/).filter(Boolean);

/** An amount with its currency's code, so that two kinds of dollar signs are never mixed up. */
export const money = (amount, currency) =>
  `${new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(amount)} ${currency}`;

/** A number as the reader writes it. */
export const number = (value, useGrouping = true) =>
  new Intl.NumberFormat(locale, { minimumFractionDigits: Number.isInteger(value) ? 0 : 2, maximumFractionDigits: 6, useGrouping }).format(value);

export const day = (iso) => new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: "UTC" }).format(new Date(iso));
export const moment = (iso) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
export const hour = (iso) => new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(new Date(iso));
