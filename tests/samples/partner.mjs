// A partner that answers data requests: node tests/samples/partner.mjs whsec_… m2m_test_… [sk_…] [response|put|late|never] [port]
// The secrets are printed at the app's first start. It takes no webhook that it cannot verify, and says why. No dependencies.
import { createServer } from "node:http";
import { createHmac, timingSafeEqual } from "node:crypto";

const given = process.argv.slice(2);
const secret = given.find((one) => one.startsWith("whsec_"));
const apiKey = given.find((one) => one.startsWith("m2m_"));
const identitySecret = given.find((one) => one.startsWith("sk_"));
const port = given.find((one) => /^\d+$/.test(one)) ?? "9000";
const ways = {
  response: "answers in the webhook's response",
  put: "answers by PUT to the webhook's replyEndpoint",
  late: "answers by PUT, 15 seconds later",
  never: "does not answer, so the page asks the person",
};
const [how = "response", ...tooMuch] = given.filter((one) => ![secret, apiKey, identitySecret, port].includes(one));
const lateSeconds = 15;
const toleranceSeconds = 300;
if (!secret || !apiKey || !(how in ways) || tooMuch.length > 0) {
  console.error(`Usage: node tests/samples/partner.mjs <webhook secret whsec_…> <API key m2m_test_…> [identity secret sk_test_…] [${Object.keys(ways).join("|")}] [port]

It listens on http://127.0.0.1:9000/hook, where the demo partner's webhooks go, and when it is asked for data of a person it
${Object.entries(ways).map(([way, does]) => `  ${way.padEnd(10)}${does}`).join("\n")}
It takes a webhook whose signature and timestamp (5 minutes) hold, and refuses every other one with 401. KYC webhooks are signed by the identity secret.
The app prints the secrets at its first start.`);
  process.exit(1);
}
const known = { name: { firstName: "Carlos", secondName: "", lastName: "Gómez", secondLastName: "Ruiz" }, idType: "CURP", idNumber: "GOMC900514HDFRRL09", dob: "1990-05-14" };

const hmac = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac("sha256", key)).digest();
const same = (made, sent) => sent.length === made.length && timingSafeEqual(sent, made);
const seconds = (timestamp) => Math.round(Math.abs(Date.now() / 1000 - Number(timestamp)));
const isOld = (timestamp) => !(seconds(timestamp) <= toleranceSeconds);
const old = (timestamp) => `it was signed ${seconds(timestamp)} seconds from this machine's clock (${toleranceSeconds} are allowed): it is an old one that somebody sends again, or this clock is wrong`;

/** Why a webhook is refused; undefined for a genuine one. */
function refusal({ method, url, headers }, body) {
  if (headers["x-banxa-event-id"]) return refusalOfKyc(method, url, headers, body);
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = headers;
  if (!id || !timestamp || !signatures) return "it has no webhook-id, webhook-timestamp or webhook-signature: whoever sent it is not the app";
  if (!/^\d{1,12}$/.test(timestamp)) return "its webhook-timestamp is no Unix time in seconds";
  if (isOld(timestamp)) return old(timestamp);
  // One signature by each secret that is in use, so that a rotation disturbs nobody.
  const made = hmac(Buffer.from(secret.slice("whsec_".length), "base64"), `${id}.${timestamp}.`, body);
  const fits = signatures.split(" ").some((one) => one.startsWith("v1,") && same(made, Buffer.from(one.slice(3), "base64")));
  return fits ? undefined : "no signature in webhook-signature was made with this whsec_… over this body: it is another partner's secret, one that has ended, or the body was changed";
}

function refusalOfKyc(method, url, headers, body) {
  if (!identitySecret) return "it is a KYC webhook, which is signed by the identity secret: start this program with sk_test_…, too";
  const [, signature, nonce] = /^Bearer [^:]+:([0-9a-f]{64}):(\d{16})$/.exec(headers.authorization ?? "") ?? [];
  if (!nonce) return "its Authorization is not Bearer key:signature:nonce";
  if (isOld(nonce / 1e6)) return old(nonce / 1e6);
  const made = hmac(identitySecret, `${method}\n${url}\n${nonce}\n`, body);
  return same(made, Buffer.from(signature, "hex")) ? undefined : "its signature was not made with this sk_… over this body";
}

async function answer({ replyEndpoint, referenceId }) {
  const reply = await fetch(replyEndpoint, { method: "PUT", headers: { "X-API-Key": apiKey, "Content-Type": "application/json" }, body: JSON.stringify({ referenceId, userData: known }) });
  console.log("answered by PUT:", reply.status, await reply.text());
}

const server = createServer(async (request, response) => {
  const chunks = await request.toArray().catch(() => null);
  if (!chunks) return; // the sender broke off; it will try again
  const body = Buffer.concat(chunks);
  const why = refusal(request, body);
  if (why) {
    console.log(`REFUSED (401) ${request.headers["x-m2m-event"] ?? "a request"}: ${why}`);
    return response.writeHead(401, { "Content-Type": "text/plain" }).end(why + "\n");
  }
  const { event = "kyc", data = {} } = JSON.parse(body);
  console.log("verified", event, data.linkId ?? "");
  const inResponse = event === "user.data_request" && how === "response";
  response.writeHead(200, { "Content-Type": "application/json" }).end(inResponse ? JSON.stringify({ userData: known }) : "{}");
  if (inResponse) console.log("answered in the response:", data.requiredFields.join(", "));
  if (event === "user.data_request" && (how === "put" || how === "late")) setTimeout(() => answer(data).catch(({ message }) => console.log("could not answer:", message)), how === "late" ? lateSeconds * 1000 : 0);
});
server.on("error", ({ code, message }) => {
  console.error(code === "EADDRINUSE" ? `Port ${port} is taken, perhaps by receiver.mjs: stop that first, as the app's webhooks go to one place.` : message);
  process.exit(1);
});
server.listen(Number(port), "127.0.0.1", () => console.log(`Partner on http://127.0.0.1:${server.address().port}/hook: asked for data, it ${ways[how]}`));
