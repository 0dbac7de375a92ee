// The widget's own API, and the one place that uses the network: one link, one session, answers in the envelope.
const { link } = document.body.dataset;
const root = `/widget/links/${encodeURIComponent(link)}/`;
const slot = `m2m:${link}`;
const memory = {};

// Milliseconds that a request may take, to the end of its answer. A picture gets the time that its bytes need on a poor line: 25 a millisecond.
const limit = 20_000;
const pace = 25;
// Before each repetition. None begins later than the limit after the first attempt.
const pauses = [500, 1500, 4000];

/** What must survive a reload of this tab; a browser that keeps nothing from embedded pages, or is full, only loses that. */
export const kept = {
  get(name) {
    if (name in memory) return memory[name];
    try { return JSON.parse(sessionStorage.getItem(`${slot}:${name}`)); } catch { return null; }
  },
  set(name, value) {
    memory[name] = value;
    try { sessionStorage.setItem(`${slot}:${name}`, JSON.stringify(value)); } catch { /* Not allowed here. */ }
  },
};

export const hasSession = () => Boolean(kept.get("session"));

const sleep = (time) => new Promise((done) => setTimeout(done, time));

/** One attempt. Without an answer of the app's own within the time limit nobody knows what became of it: it is unsure. */
async function attempt(method, path, body) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limit + (body?.length ?? 0) / pace);
  const headers = {};
  if (hasSession()) headers.Authorization = `Bearer ${kept.get("session")}`;
  if (body) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(root + path, { method, headers, body, cache: "no-store", credentials: "omit", signal: stop.signal });
    const { success, data, error } = await response.json();
    // What stands between may answer too: a gateway, or the portal of a hotel's network.
    const unsure = typeof success !== "boolean" || response.status >= 500 || response.status === 429;
    return { ok: response.ok && !unsure, unsure, status: response.status, data, code: error?.code, details: error?.details ?? [] };
  } catch {
    return { ok: false, unsure: true, status: 0, details: [] };
  } finally {
    clearTimeout(timer);
  }
}

/** Every route takes a repetition as the same request (a confirmation by its quote, a cancellation by its transfer), so each is sent again while it is unsure. */
async function request(method, path, data) {
  const body = data && JSON.stringify(data);
  const begun = Date.now();
  let answer = await attempt(method, path, body);
  for (const pause of pauses) {
    if (!answer.unsure || Date.now() - begun + pause > limit) break;
    await sleep(pause);
    answer = await attempt(method, path, body);
  }
  return answer;
}

/** Opens the link: only ever after the person has pressed Continue. */
export async function open() {
  const answer = await request("POST", "open", {});
  if (answer.ok) kept.set("session", answer.data.session);
  return answer;
}

/** Calls a route; a session that is no longer good is renewed once, as long as the link can be opened. */
export async function call(method, path, data) {
  const answer = await request(method, path, data);
  if (answer.status !== 401) return answer;
  const again = await open();
  return again.ok ? request(method, path, data) : again;
}
