// Verifies one delivery with the libraries of Standard Webhooks and Svix. Reads {"secret", "headers", "body"} from stdin; ends with 0 when both accept it.
import { text } from 'node:stream/consumers';

function give(up) {
  console.error(up);
  process.exit(1);
}

const usage = `Usage: node verify.mjs < delivery.json   (after npm ci in tests/samples)
delivery.json is {"secret": "whsec_…", "headers": {"webhook-id": "…", "webhook-timestamp": "…", "webhook-signature": "v1,…"}, "body": "the raw body, as a string"}.
Prints what each library says, and ends with 0 when both accept the delivery.`;

/** What was given, if it has all parts. */
function parse(json) {
  try {
    const { secret, headers, body } = JSON.parse(json);
    return typeof secret === 'string' && typeof body === 'string' && headers && typeof headers === 'object' ? { secret, headers, body } : null;
  } catch {
    return null;
  }
}

const { secret, headers, body } = parse(process.stdin.isTTY ? '' : await text(process.stdin)) ?? give(usage);
const libraries = await Promise.all([import('standardwebhooks'), import('svix')]).catch(() => give('The two libraries are not installed: npm ci, in the folder tests/samples.'));
const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const results = {};
for (const [at, name] of ['standardwebhooks', 'svix'].entries()) {
  try {
    new libraries[at].Webhook(secret).verify(body, names);
    results[name] = 'ok';
  } catch (error) {
    results[name] = error.message;
  }
}
console.log(JSON.stringify(results));
process.exitCode = Object.values(results).every((result) => result === 'ok') ? 0 : 1;
