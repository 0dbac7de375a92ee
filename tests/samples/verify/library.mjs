// Verifies a webhook with the library of Standard Webhooks (npm install standardwebhooks): WEBHOOK_SECRET=whsec_… node library.mjs standard 'name: value' … < body
// Ends with 0 for a genuine, fresh webhook, else with 1 and the reason. Several secrets, separated by spaces: any of them may have signed it.
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

/** What is wrong with the webhook, or null. The library checks the timestamp (5 minutes) and compares in constant time. */
export function problemOf(secrets, headers, body) {
  let problem = 'there is no secret';
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(body, headers);
      return null;
    } catch (error) {
      problem = error.message;
    }
  }
  return problem;
}

const lines = process.argv.slice(3);
const headers = Object.fromEntries(lines.map((line) => [line.split(':', 1)[0].toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
const secrets = (process.env.WEBHOOK_SECRET ?? '').split(' ').filter(Boolean);
const problem = problemOf(secrets, headers, await buffer(process.stdin));
if (problem) console.error(problem);
process.exitCode = problem ? 1 : 0;
