// The quick start by clients that are generated from the API's documents: node obj/js/quick-start.js <app's address>.
// Keys and secrets come by the environment: API_KEY, WEBHOOK_SECRET, IDENTITY_KEY, IDENTITY_SECRET.
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import createClient, { type Middleware } from "openapi-fetch";
import type { paths as IdentityPaths } from "./obj/identities.js";
import type { paths, webhooks } from "./obj/m2m.js";

type LinkCreated = webhooks["link.created"]["post"]["requestBody"]["content"]["application/json"];

const baseUrl = process.argv[2] ?? "http://localhost:7071";

function secret(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing`);
  return value;
}

/** The answer's data; any other answer ends the program. */
function data<T>(reply: { data?: T; error?: unknown; response: Response }): NonNullable<T> {
  if (!reply.data) throw new Error(`${reply.response.url}: ${reply.response.status} ${JSON.stringify(reply.error)}`);
  return reply.data;
}

function equal(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${what} is ${String(found)} instead of ${String(expected)}`);
}

/** What stands in a webhook whose signature is right. */
function verified(request: IncomingMessage, body: Buffer): LinkCreated {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = request.headers;
  const key = Buffer.from(secret("WEBHOOK_SECRET").replace(/^whsec_/, ""), "base64");
  const made = Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64"));
  const isGenuine = String(signatures)
    .split(" ")
    .map((one) => Buffer.from(one))
    .some((one) => one.length === made.length && timingSafeEqual(one, made));
  if (!isGenuine) throw new Error("a webhook has a wrong signature");
  return JSON.parse(body.toString()) as LinkCreated;
}

async function links(): Promise<void> {
  const client = createClient<paths>({ baseUrl, headers: { "X-API-Key": secret("API_KEY") } });
  const received: LinkCreated[] = [];
  const receiver = createServer(async (request, response) => {
    received.push(verified(request, Buffer.concat(await request.toArray())));
    response.writeHead(204).end();
    receiver.emit("webhook");
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;

  const endpoint = data(await client.PUT("/partner/webhooks/endpoint", { body: { url, events: ["link.created"] } }));
  equal("the endpoint's URL", endpoint.data.url, url);

  const webhook = once(receiver, "webhook", { signal: AbortSignal.timeout(20_000) });
  const created = data(
    await client.POST("/partner/links", {
      params: { header: { "Idempotency-Key": "quick-start-1" } },
      body: {
        referenceId: "cust-7001",
        userData: {
          name: { firstName: "Ana", secondName: "", lastName: "Torres", secondLastName: "Soto" },
          idType: "CURP",
          idNumber: "TOSA900514MDFRRN09",
          dob: "1990-05-14",
          paymentMethod: { type: "bank_account", bankAccount: { country: "MX", accountNumber: "032180000118359719" } },
        },
        metadata: { orderId: "A-1001" },
      },
    }),
  ).data;

  const { error } = await client.POST("/partner/links", { body: { referenceId: "cust-7001" } });
  equal("the refusal of a second link", error?.error.code, "ACTIVE_LINK_EXISTS");
  equal("the link in the refusal", error?.error.link?.linkId, created.linkId);

  const path = { linkId: created.linkId };
  equal("the link's status", data(await client.GET("/partner/links/{linkId}", { params: { path } })).data.status, "created");
  const query = { referenceId: "cust-7001" };
  const listed = data(await client.GET("/partner/links", { params: { query } })).data;
  equal("the listed link", listed.items[0]?.linkId, created.linkId);

  await webhook;
  equal("the webhook's link", received[0]?.data.linkId, created.linkId);
  receiver.close();

  const user = data(await client.GET("/partner/users/{referenceId}", { params: { path: query } })).data;
  equal("the user's status", user.status, "data_complete");
}

/** Signs each request as the identity API wants it. */
const signing: Middleware = {
  async onRequest({ request }) {
    const { pathname, search } = new URL(request.url);
    const body = await request.clone().text();
    const nonce = nextNonce();
    const lines = [request.method, pathname + search, nonce, ...(body ? [body] : [])].join("\n");
    const signature = createHmac("sha256", secret("IDENTITY_SECRET")).update(lines).digest("hex");
    request.headers.set("Authorization", `Bearer ${secret("IDENTITY_KEY")}:${signature}:${nonce}`);
    return request;
  },
};

let last = 0;
/** Microseconds since 1970, never the same twice. */
const nextNonce = (): string => String((last = Math.max(last + 1, Date.now() * 1000)));

async function identities(): Promise<void> {
  const client = createClient<IdentityPaths>({ baseUrl });
  client.use(signing);
  const identityReference = "user-7001";
  data(await client.POST("/eapi/v0/identities/basic", { body: { identityReference, email: "ana@example.org" } }));

  const path = { identityReference };
  const found = data(await client.GET("/eapi/v0/identities/{identityReference}", { params: { path } }));
  equal("the identity", found.identityReference, identityReference);

  const body = {
    identityReference,
    method: "sepa-bank-transfer",
    transactionType: "ONRAMP",
    fiat: "EUR",
    crypto: "BTC",
    blockchain: "BTC",
    fiatAmount: "100",
  } as const;
  const judged = data(await client.POST("/eapi/v0/identities/transactions/eligibility", { body }));
  equal("readiness to pay", judged.paymentReady, false);
  equal("the first requirement", judged.requirements[0], "NAME");
}

await links();
await identities();
console.log("The quick start ran.");
