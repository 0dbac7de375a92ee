// Who works here. The function key is in this module's memory alone: it is gone with the page.
import { client } from "./api.js";

const slot = "desk:name";
let key = "";
let operator = null;
let ended = () => {};

/** The name of whoever is signed in; null where nobody is. */
export const name = () => operator;

/** The name that was used last on this device; the key is never kept. */
export function lastName() {
  try { return localStorage.getItem(slot) ?? ""; } catch { return ""; }
}

/** What to do when the key is refused while somebody works. */
export const onEnd = (act) => { ended = act; };

const asText = (text) => encodeURIComponent(text.toWellFormed());

const send = client({
  headers: () => (key ? { "x-functions-key": key } : {}),
  onSignedOut: () => { if (operator !== null) { signOut(); ended(); } },
});

/** A question. */
export const call = (path, query, signal) => send("GET", path, { query, signal });

/** Who and why, for the audit. */
const signed = (reason) => ({ "X-Operator": asText(operator), "X-Reason": asText(reason) });

/** Something that is done, and why. */
export const act = (method, path, reason, body) => send(method, path, { body, more: signed(reason) });

/** A picture that nobody sees without a reason, as an address for an image. */
export const look = (path, reason) => send("GET", path, { more: signed(reason) });

/** Takes the key if the service does. */
export async function signIn(given, who) {
  key = given;
  const answer = await send("GET", "/operator/partners", { query: { limit: 1 } });
  if (!answer.ok) { key = ""; return answer; }
  operator = who;
  try { localStorage.setItem(slot, who); } catch { /* Then it is typed again. */ }
  return answer;
}

export function signOut() {
  key = "";
  operator = null;
}
