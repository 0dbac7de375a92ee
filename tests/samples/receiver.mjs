// A webhook receiver: node receiver.mjs [whsec_…] [port]. With the secret it verifies both signature families over the raw body, and handles each webhook-id once.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const [secret, port = '9000'] = process.argv.slice(2);
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

const handled = new Set(); // in production: a row that is written together with what the event changes

const server = createServer(async (request, response) => {
  const chunks = await request.toArray().catch(() => null);
  if (!chunks) return; // the sender broke off; it will try again
  const body = Buffer.concat(chunks);
  const id = request.headers['webhook-id'] ?? '?';
  let verdict = !secret ? 'not verified' : verifyM2m(request.headers, body) && verifyStandard(request.headers, body) ? 'verified' : 'REFUSED';
  if (verdict === 'verified' && handled.has(id)) verdict = 'duplicate';
  if (verdict === 'verified') handled.add(id);
  response.writeHead(verdict === 'REFUSED' ? 401 : 204).end();
  console.log(new Date().toISOString(), request.headers['x-m2m-event'] ?? '?', id, verdict, body.toString());
}).listen(Number(port), '127.0.0.1', () => console.log(`Waiting for webhooks on http://127.0.0.1:${server.address().port}/hook ${secret ? '' : '(no secret given: nothing is verified)'}`));
