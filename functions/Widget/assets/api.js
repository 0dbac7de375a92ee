// The widget's own API: one link, one session, answers in the envelope.
const { link } = document.body.dataset;
const root = `/widget/links/${encodeURIComponent(link)}/`;
const slot = `m2m:${link}`;
const memory = {};

/** What must survive a reload of this tab; a browser that keeps nothing from embedded pages only loses that. */
export const kept = {
  get: (name) => { try { return JSON.parse(sessionStorage.getItem(`${slot}:${name}`)); } catch { return memory[name] ?? null; } },
  set: (name, value) => { memory[name] = value; try { sessionStorage.setItem(`${slot}:${name}`, JSON.stringify(value)); } catch { /* Not allowed here. */ } },
};

async function request(method, path, body) {
  const headers = {};
  const session = kept.get("session");
  if (session) headers.Authorization = `Bearer ${session}`;
  if (body) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(root + path, { method, headers, body: body && JSON.stringify(body), cache: "no-store", credentials: "omit" });
    const answer = await response.json();
    return { ok: response.ok, status: response.status, data: answer.data, code: answer.error?.code, details: answer.error?.details ?? [] };
  } catch {
    return { ok: false, status: 0, code: "OFFLINE", details: [] };
  }
}

/** Opens the link: only ever after the person has pressed Continue. */
export async function open() {
  const answer = await request("POST", "open", {});
  if (answer.ok) kept.set("session", answer.data.session);
  return answer;
}

/** Calls a route; a session that is no longer good is renewed once, as long as the link can be opened. */
export async function call(method, path, body) {
  const answer = await request(method, path, body);
  if (answer.status !== 401) return answer;
  const again = await open();
  return again.ok ? request(method, path, body) : again;
}

export const hasSession = () => Boolean(kept.get("session"));
