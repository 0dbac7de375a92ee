// A partner that answers data requests. No dependencies: node tests/samples/partner.mjs response|put|late|never
// Environment: WEBHOOK_SECRET and API_KEY (printed at the app's first start), PORT (9000).
import { createServer } from "node:http";
import { createHmac, timingSafeEqual } from "node:crypto";

const [how = "response"] = process.argv.slice(2);
const { WEBHOOK_SECRET = "", API_KEY = "", PORT = "9000" } = process.env;
const lateSeconds = 15;
if (!WEBHOOK_SECRET || !API_KEY) {
  console.error("Usage: WEBHOOK_SECRET=whsec_… API_KEY=m2m_test_… node tests/samples/partner.mjs [response|put|late|never]");
  process.exit(1);
}
const known = { name: { firstName: "Carlos", secondName: "", lastName: "Gómez", secondLastName: "Ruiz" }, idType: "CURP", idNumber: "GOMC900514HDFRRL09", dob: "1990-05-14" };

// webhook-signature holds one signature by each secret that is in use, so that a rotation disturbs nobody.
function signed(request, body) {
  const { "webhook-id": id = "", "webhook-timestamp": timestamp = "", "webhook-signature": signatures = "" } = request.headers;
  const key = Buffer.from(WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
  const made = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  const fits = (one) => {
    const sent = Buffer.from(one.slice("v1,".length), "base64");
    return one.startsWith("v1,") && sent.length === made.length && timingSafeEqual(sent, made);
  };
  return signatures.split(" ").some(fits) && Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
}

async function answer({ replyEndpoint, referenceId }) {
  const reply = await fetch(replyEndpoint, { method: "PUT", headers: { "X-API-Key": API_KEY, "Content-Type": "application/json" }, body: JSON.stringify({ referenceId, userData: known }) });
  console.log("answered:", reply.status, await reply.text());
}

createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  if (!signed(request, body)) {
    console.log("401: the signature is not that of WEBHOOK_SECRET");
    return response.writeHead(401).end();
  }
  const { event, data } = JSON.parse(body);
  console.log(event, data.linkId);
  const asked = event === "user.data_request";
  response.writeHead(200, { "Content-Type": "application/json" }).end(asked && how === "response" ? JSON.stringify({ userData: known }) : "{}");
  if (asked && (how === "put" || how === "late")) setTimeout(() => answer(data).catch(console.error), how === "late" ? lateSeconds * 1000 : 0);
}).listen(Number(PORT), "127.0.0.1", () => console.log(`partner (${how}) on http://127.0.0.1:${PORT}/hook`));
