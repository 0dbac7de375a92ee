// Verifies a webhook by hand: WEBHOOK_SECRET=whsec_… node verify.mjs standard|m2m 'name: value' … < body
// Ends with 0 for a genuine, fresh webhook, else with 1 and the reason. Several secrets, separated by spaces: any of them may have signed it.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { buffer } from 'node:stream/consumers';

const toleranceInSeconds = 5 * 60;
const hmac = (key, before, body) => createHmac('sha256', key).update(before).update(body).digest();
const same = (expected, sent) => expected.length === Buffer.byteLength(sent) && timingSafeEqual(Buffer.from(expected), Buffer.from(sent));

/** What is wrong with the webhook, or null. `body` are the raw bytes, `headers` have lower-case names. */
export function problemOf(scheme, secrets, headers, body, now = Date.now() / 1000) {
  const timestamp = headers[scheme === 'm2m' ? 'x-m2m-timestamp' : 'webhook-timestamp'] ?? '';
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > toleranceInSeconds) return 'the timestamp is missing or too far from now';
  const signed = scheme === 'm2m' ? signedByM2m : signedByStandard;
  return secrets.some((secret) => signed(secret, headers, timestamp, body)) ? null : 'the signature does not match';
}

/** X-M2M-Signature: sha256=<hex of HMAC(the whole secret as text, "timestamp.body")>. */
function signedByM2m(secret, headers, timestamp, body) {
  return same(`sha256=${hmac(secret, `${timestamp}.`, body).toString('hex')}`, headers['x-m2m-signature'] ?? '');
}

/** webhook-signature: v1,<base64 of HMAC(the decoded secret, "id.timestamp.body")>, during a rotation two of them. */
function signedByStandard(secret, headers, timestamp, body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = `v1,${hmac(key, `${headers['webhook-id'] ?? ''}.${timestamp}.`, body).toString('base64')}`;
  return (headers['webhook-signature'] ?? '').split(' ').some((sent) => same(expected, sent));
}

const [scheme, ...lines] = process.argv.slice(2);
if (scheme !== 'standard' && scheme !== 'm2m') {
  console.error("Usage: WEBHOOK_SECRET=whsec_… node verify.mjs standard|m2m 'name: value' … < body");
  process.exit(1);
}
const headers = Object.fromEntries(lines.map((line) => [line.split(':', 1)[0].toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
const secrets = (process.env.WEBHOOK_SECRET ?? '').split(' ').filter(Boolean);
const problem = problemOf(scheme, secrets, headers, await buffer(process.stdin));
if (problem) console.error(problem);
process.exitCode = problem ? 1 : 0;
