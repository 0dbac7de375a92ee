// A webhook receiver: node receiver.mjs [whsec_…] [sk_…] [port]. With the webhook secret it verifies the raw body, by either signature family: one that holds is enough, and during a
// rotation only webhook-signature is still made with the old secret, too. With the identity secret it verifies KYC webhooks. It handles each id once.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const given = process.argv.slice(2);
const secret = given.find((one) => one.startsWith('whsec_'));
const identitySecret = given.find((one) => one.startsWith('sk_'));
const port = given.find((one) => /^\d+$/.test(one)) ?? '9000';
const toleranceInSeconds = 5 * 60;
const hmac = (key, ...parts) => parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest();
const same = (expected, sent) => sent.length === expected.length && timingSafeEqual(sent, expected);
const isFresh = (timestamp) => Math.abs(Date.now() / 1000 - Number(timestamp)) <= toleranceInSeconds;

/** X-M2M-Signature: sha256=<hex of HMAC(whole secret, "timestamp.body")>. */
function verifyM2m({ 'x-m2m-timestamp': timestamp = '', 'x-m2m-signature': signature = '' }, body) {
  return isFresh(timestamp) && signature.startsWith('sha256=') && same(hmac(secret, `${timestamp}.`, body), Buffer.from(signature.slice(7), 'hex'));
}

/** webhook-signature (Standard Webhooks): v1,<base64 of HMAC(decoded secret, "id.timestamp.body")>, several separated by spaces. */
function verifyStandard({ 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' }, body) {
  const expected = hmac(Buffer.from(secret.replace(/^whsec_/, ''), 'base64'), `${id}.${timestamp}.`, body);
  return isFresh(timestamp) && signatures.split(' ').some((one) => one.startsWith('v1,') && same(expected, Buffer.from(one.slice(3), 'base64')));
}

/** A KYC webhook: Authorization: Bearer key:signature:nonce over method, path with query, nonce and body, joined by line feeds. */
function verifyKyc({ method, url, headers }, body) {
  const [, signature = '', nonce = ''] = /^Bearer [^:]+:([0-9a-f]{64}):(\d{16})$/.exec(headers.authorization ?? '') ?? [];
  return isFresh(Number(nonce) / 1e6) && same(hmac(identitySecret, `${method}\n${url}\n${nonce}\n`, body), Buffer.from(signature, 'hex'));
}

const handled = new Set(); // in production: a row that is written together with what the event changes

const server = createServer(async (request, response) => {
  const chunks = await request.toArray().catch(() => null);
  if (!chunks) return; // the sender broke off; it will try again
  const body = Buffer.concat(chunks);
  const kyc = request.headers['x-banxa-event-id'];
  const id = kyc ?? request.headers['webhook-id'] ?? '?';
  const holds = kyc ? !identitySecret || verifyKyc(request, body) : !secret || verifyStandard(request.headers, body) || verifyM2m(request.headers, body);
  let verdict = !holds ? 'REFUSED' : (kyc ? identitySecret : secret) ? 'verified' : 'not verified';
  if (verdict === 'verified' && handled.has(id)) verdict = 'duplicate';
  if (verdict === 'verified') handled.add(id);
  console.log(new Date().toISOString(), kyc ? 'kyc' : (request.headers['x-m2m-event'] ?? '?'), id, verdict, body.toString());
  response.writeHead(verdict === 'REFUSED' ? 401 : 204).end();
});
server.on('error', ({ code, message }) => {
  console.error(code === 'EADDRINUSE' ? `Port ${port} is taken, perhaps by another receiver or partner.mjs: stop that first, or give another port.` : message);
  process.exit(1);
});
server.listen(Number(port), '127.0.0.1', () => console.log(`Waiting for webhooks on http://127.0.0.1:${server.address().port}/hook ${secret ? '' : '(no secret given: nothing is verified)'}`));
