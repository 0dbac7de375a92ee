// Verifies one KYC webhook by hand, with nothing but Node. Reads {"key", "secret", "method", "target", "headers", "body"} from stdin; ends with 0 when the signature holds.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { text } from 'node:stream/consumers';

const usage = `Usage: node verify-kyc.mjs < webhook.json
webhook.json is {"key": "pk_…", "secret": "sk_…", "method": "POST", "target": "/your/path?with=query", "headers": {"Authorization": "Bearer …", "X-Banxa-Event-Id": "evt_…"}, "body": "the raw body, as a string"}.
Prints ok or refused, and ends with 0 when the signature holds.`;

/** What was given, if it has all parts. */
function parse(json) {
  try {
    const given = JSON.parse(json);
    return ['key', 'secret', 'method', 'target', 'body'].every((name) => typeof given[name] === 'string') && given.headers && typeof given.headers === 'object' ? given : null;
  } catch {
    return null;
  }
}

const given = parse(process.stdin.isTTY ? '' : await text(process.stdin));
if (!given) {
  console.error(usage);
  process.exit(1);
}
const { key, secret, method, target, headers, body } = given;
const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const [, sentKey, signature, nonce] = /^Bearer ([^:]+):([0-9a-f]{64}):(\d{16})$/.exec(names.authorization ?? '') ?? [];
const expected = createHmac('sha256', secret).update([method, target, nonce, body].join('\n')).digest();
const holds = sentKey === key && signature !== undefined && timingSafeEqual(Buffer.from(signature, 'hex'), expected) && /^evt_/.test(names['x-banxa-event-id'] ?? '');
console.log(holds ? 'ok' : 'refused');
process.exitCode = holds ? 0 : 1;
