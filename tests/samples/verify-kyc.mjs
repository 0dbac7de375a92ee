// Verifies one KYC webhook by hand, with nothing but Node. Reads {"key", "secret", "method", "target", "headers", "body"} from stdin; ends with 0 when the signature holds.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { text } from 'node:stream/consumers';

const { key, secret, method, target, headers, body } = JSON.parse(await text(process.stdin));
const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const [, sentKey, signature, nonce] = /^Bearer ([^:]+):([0-9a-f]{64}):(\d{16})$/.exec(names.authorization ?? '') ?? [];
const expected = createHmac('sha256', secret).update([method, target, nonce, body].join('\n')).digest();
const holds = sentKey === key && signature !== undefined && timingSafeEqual(Buffer.from(signature, 'hex'), expected) && /^evt_/.test(names['x-banxa-event-id'] ?? '');
console.log(holds ? 'ok' : 'refused');
process.exitCode = holds ? 0 : 1;
