// The one place that uses the network: a time limit, the envelope, and a sentence for each way in which it can fail.
import { t, knows, language } from "./words.js";
import { inSpanish } from "./told.js";

const seconds = 30;
const pauses = [400, 1600];
const sleep = (time) => new Promise((done) => setTimeout(done, time));

/** The address of a route with the parameters that are given. */
export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** A picture as an address that an element may show: the page's policy allows no other. */
const addressOf = (picture) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result);
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(picture);
});

/** What is wrong with a field, in the reader's language; `lang` where it stayed in English. */
function inWords(detail) {
  if (language === "en") return detail;
  const message = inSpanish(detail.message);
  return message === null ? { ...detail, lang: "en" } : { ...detail, message };
}

async function attempt(method, target, headers, body, signal) {
  const limit = AbortSignal.timeout(seconds * 1000);
  try {
    const response = await fetch(target, { method, headers, body, cache: "no-store", credentials: "same-origin", redirect: "error", signal: signal ? AbortSignal.any([signal, limit]) : limit });
    const request = response.headers.get("X-Request-Id") ?? "";
    if (response.ok && /^image\/(jpeg|png)$/.test(response.headers.get("Content-Type"))) {
      return { ok: true, status: response.status, data: await addressOf(await response.blob()), details: [], wait: 0, request, isOurs: true };
    }
    const text = await response.text();
    let envelope = null;
    try { envelope = JSON.parse(text); } catch { /* Not ours, or the host's own. */ }
    const isOurs = typeof envelope?.success === "boolean";
    return {
      ok: response.ok && isOurs,
      status: response.status,
      data: envelope?.data,
      code: isOurs ? envelope.error?.code : undefined,
      message: envelope?.error?.message,
      details: (envelope?.error?.details ?? []).map(inWords),
      error: envelope?.error,
      wait: Number(response.headers.get("Retry-After")) || 0,
      request,
      isOurs,
    };
  } catch (problem) {
    if (signal?.aborted) throw problem;
    return { ok: false, status: 0, details: [], isSlow: limit.aborted, isOurs: false, request: "", wait: 0 };
  }
}

/** Anything but a GET is sent once, unless an Idempotency-Key makes a repetition the same request. */
export function client({ headers = () => ({}), onSignedOut = () => {} } = {}) {
  return async function call(method, path, { query, body, key, signal, more = {} } = {}) {
    const sent = { ...(method === "GET" ? {} : { "Content-Type": "application/json" }), ...(key ? { "Idempotency-Key": key } : {}), ...headers(method), ...more };
    if (body === undefined) delete sent["Content-Type"];
    const text = body === undefined ? undefined : JSON.stringify(body);
    const target = address(path, query);
    let answer = await attempt(method, target, sent, text, signal);
    for (const pause of pauses) {
      if (answer.status !== 0 || (method !== "GET" && !key)) break;
      await sleep(pause);
      answer = await attempt(method, target, sent, text, signal);
    }
    if (answer.status === 401) onSignedOut(answer);
    return answer;
  };
}

/** What went wrong and what to do, in the reader's language; what only the API knows it says in English. */
export function sentence(answer) {
  if (answer.status === 0) return answer.isSlow ? t("error.slow", { seconds }) : t("error.offline");
  const values = { status: answer.status, seconds: answer.wait || 60, request: answer.request };
  if (answer.code && knows(`error.${answer.code}`)) return t(`error.${answer.code}`, values);
  if (!answer.isOurs) return t("error.strange", values);
  return answer.message ?? t("error.strange", values);
}
