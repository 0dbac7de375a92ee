// Verifies one delivery with the libraries of Standard Webhooks and Svix. Reads {"secret", "headers", "body"} from stdin; ends with 0 when both accept it.
import { text } from 'node:stream/consumers';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';

const { secret, headers, body } = JSON.parse(await text(process.stdin));
const names = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
const results = {};
for (const [name, Library] of Object.entries({ standardwebhooks: StandardWebhook, svix: SvixWebhook })) {
  try {
    new Library(secret).verify(body, names);
    results[name] = 'ok';
  } catch (error) {
    results[name] = error.message;
  }
}
console.log(JSON.stringify(results));
process.exitCode = Object.values(results).every((result) => result === 'ok') ? 0 : 1;
