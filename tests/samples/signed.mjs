// Signs requests to the identity API, which tools for .http files cannot. For the sandbox. No dependencies.
//   node tests/samples/signed.mjs pk_test_… sk_test_…
//     signs every request that comes to http://127.0.0.1:7072, passes it on to the app and gives its answer back
//   node tests/samples/signed.mjs pk_test_… sk_test_… POST /eapi/v0/identities/basic '{"identityReference":"acme-0001"}'
//     signs and sends one request and prints its answer
// Both secrets are printed at the app's first start. Environment: APP (http://localhost:7071), PORT (7072).
import { createHmac, randomInt } from 'node:crypto';
import { createServer } from 'node:http';

const given = process.argv.slice(2);
const key = given.find((one) => one.startsWith('pk_test_'));
const secret = given.find((one) => one.startsWith('sk_test_'));
const [method, target, body = '', ...tooMuch] = given.filter((one) => one !== key && one !== secret);
const { APP: app = 'http://localhost:7071', PORT: port = '7072' } = process.env;
const usage = `Usage: node tests/samples/signed.mjs <identity key pk_test_…> <identity secret sk_test_…> [METHOD /eapi/… [body]]
Without a method it signs every request that comes to http://127.0.0.1:${port} (another port: PORT=…) and passes it on to ${app} (another app: APP=…).`;

function give(up) {
  console.error(up);
  process.exit(1);
}

let last = 0;
/** Microseconds since 1970, never the same twice. */
const nextNonce = () => (last = Math.max(last + 1, Date.now() * 1000 + randomInt(1000)));

async function send(method, target, body) {
  const { pathname, search } = new URL(target, app); // as fetch will spell them
  const nonce = nextNonce();
  // Method, path with query, nonce and, where there is one, the body exactly as it is sent: joined by line feeds.
  const mac = createHmac('sha256', secret).update(`${method}\n${pathname}${search}\n${nonce}`);
  if (body.length > 0) mac.update('\n').update(body);
  return fetch(app + pathname + search, {
    method,
    body: body.length > 0 ? body : undefined,
    headers: { Authorization: `Bearer ${key}:${mac.digest('hex')}:${nonce}`, ...(body.length > 0 ? { 'Content-Type': 'application/json' } : {}) },
  });
}

/** Why a request is not signed; undefined where it is. */
function refusal({ method, url, headers }, body) {
  // Only this machine's own tools: a page in a browser could reach this port, too, and would have its requests signed.
  if (headers.origin || !/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')) return [403, 'A browser\'s requests are not signed.'];
  if (!url.startsWith('/eapi/')) return [404, `Only /eapi/… is signed. Send this one to the app itself: ${app}`];
  if (method === 'GET' && body.length > 0) return [400, 'A GET has no body.'];
}

if (!key || !secret || tooMuch.length > 0 || (method && !target?.startsWith('/eapi/'))) give(usage);

if (method) {
  const answer = await send(method.toUpperCase(), target, body).catch(() => give(`No app answers at ${app}: start it, or say where it is with APP=http://localhost:N`));
  console.log(answer.status, await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} else {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray().catch(() => []));
    const [status, why] = refusal(request, body) ?? [];
    if (status) return response.writeHead(status, { 'Content-Type': 'text/plain' }).end(why + '\n');
    try {
      const answer = await send(request.method, request.url, body);
      const text = Buffer.from(await answer.arrayBuffer());
      const shown = ['content-type', 'x-request-id', 'x-warnings', 'retry-after', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];
      console.log(request.method, request.url.split('?')[0], answer.status);
      response.writeHead(answer.status, Object.fromEntries(shown.filter((name) => answer.headers.has(name)).map((name) => [name, answer.headers.get(name)]))).end(text);
    } catch {
      response.writeHead(502, { 'Content-Type': 'text/plain' }).end(`No app answers at ${app}: start it, or say where it is with APP=http://localhost:N\n`);
    }
  });
  server.on('error', ({ code, message }) => give(code === 'EADDRINUSE' ? `Port ${port} is taken. Take another one: PORT=7073, and write it into the .http file, too.` : message));
  server.listen(Number(port), '127.0.0.1', () => console.log(`Signing what comes to http://127.0.0.1:${server.address().port} for ${app}`));
}
