// A partner's server that brings a user through the identity API. No dependencies: node tests/samples/identity.mjs pk_test_… sk_test_…
// (printed at the app's first start). Environment: APP (http://localhost:7071).
import { createHmac, randomUUID } from "node:crypto";

const [key, secret] = process.argv.slice(2);
const app = process.env.APP ?? "http://localhost:7071";
if (!secret) {
  console.error("Usage: node tests/samples/identity.mjs <identity key> <identity secret>");
  process.exit(1);
}

let last = 0;
/** Microseconds since 1970, never the same twice. */
const nonce = () => String((last = Math.max(last + 1, Date.now() * 1000)));

async function reach(target, request) {
  try {
    return await fetch(app + target, request);
  } catch {
    console.error(`No app answers at ${app}: start it, or say where it is with APP=http://localhost:N`);
    process.exit(1);
  }
}

async function call(method, target, body) {
  const json = body === undefined ? undefined : JSON.stringify(body);
  const once = nonce();
  // Method, path with query, nonce and, where there is one, the body exactly as it is sent: joined by line feeds.
  const canonical = [method, target, once, ...(json === undefined ? [] : [json])].join("\n");
  const signature = createHmac("sha256", secret).update(canonical).digest("hex");
  const answer = await reach(target, { method, body: json, headers: { Authorization: `Bearer ${key}:${signature}:${once}`, "Content-Type": "application/json" } });
  const text = await answer.text();
  console.log(`${method} ${target} -> ${answer.status} ${text}`);
  return JSON.parse(text);
}

const identityReference = `user-${randomUUID()}`;
const email = `${identityReference}@example.org`;
const transaction = { method: "sepa-bank-transfer", transactionType: "ONRAMP", fiat: "EUR", crypto: "BTC", blockchain: "BTC", fiatAmount: "100" };

await call("POST", "/eapi/v0/identities/basic", { identityReference, email });
await call("GET", `/eapi/v0/identities/any-ref?email=${encodeURIComponent(email)}`);
const { requirements } = await call("POST", "/eapi/v0/identities/transactions/eligibility", { identityReference, ...transaction });
console.log(`still needed: ${requirements.join(", ")}`);
await call("PATCH", "/eapi/v0/identities", {
  identityReference, email, givenName: "Ana", surname: "López", dateOfBirth: "1990-05-14", taxId: "X1234567L",
  residentialAddress: { addressLine: "Calle Mayor 1", suburb: "Centro", postCode: "28013", state: "Madrid", country: "ES" },
});
const { paymentReady } = await call("POST", "/eapi/v0/identities/transactions/eligibility", { identityReference, ...transaction });
console.log(paymentReady ? "ready to pay" : "not ready");
process.exit(paymentReady ? 0 : 1);
