// Who is signed in, and the calls of this page: with the session's cookie, and for changes with its anti-forgery token.
import { client } from "./api.js";

let current = null;
let ended = () => {};

export const session = () => current;

/** Every route under /partner. When the session is over, the page asks for a key again. */
export const call = client({
  headers: (method) => (method === "GET" ? {} : { "X-CSRF-Token": current?.csrfToken ?? "" }),
  onSignedOut: () => { if (current) { current = null; ended(); } },
});

export const onEnd = (act) => { ended = act; };

const open = client();

/** The session that this browser has; null where it has none. */
export async function resume() {
  const answer = await open("GET", "/portal/session");
  current = answer.ok ? answer.data : null;
  return answer;
}

/** Exchanges the key once. It is kept nowhere in the page. */
export async function signIn(key) {
  const answer = await open("POST", "/portal/session", { more: { "X-API-Key": key } });
  if (answer.ok) current = answer.data;
  return answer;
}

export async function signOut() {
  const answer = await call("DELETE", "/portal/session");
  if (answer.ok || answer.status === 401) current = null;
  return answer;
}
