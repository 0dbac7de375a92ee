// Exports the app's tables to files, one JSON row a line, and restores them (infra/README.md, "Backups and restore").
//   node tables.mjs export|restore ACCOUNT FOLDER [TABLE …]
// It acts as whoever is signed in to az. TABLES_ENDPOINT replaces the address of the account's tables.
// Rows are kept as the text that the service sent, so that types and long numbers stay what they are.
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, mkdirSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [action, account, folder, ...chosen] = process.argv.slice(2);
if (!['export', 'restore'].includes(action) || !folder) {
  console.error('usage: node tables.mjs export|restore ACCOUNT FOLDER [TABLE …]');
  process.exit(2);
}
const endpoint = process.env.TABLES_ENDPOINT ?? `https://${account}.table.core.windows.net`;
const ownedByHost = /^(AzureFunctions|AzureWebJobs|serverless(History|Instances|Partitions)$)/i;

let token;
function authorization() {
  if (!token || token.until < Date.now()) {
    const given = JSON.parse(execFileSync('az', ['account', 'get-access-token', '--resource', 'https://storage.azure.com/', '--output', 'json'], { encoding: 'utf8' }));
    token = { value: given.accessToken, until: Date.now() + 5 * 60_000 };
  }
  return `Bearer ${token.value}`;
}

async function send(method, path, body, accepted) {
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(`${endpoint}/${path}`, {
      method, body,
      headers: {
        authorization: authorization(), accept: 'application/json;odata=minimalmetadata', 'x-ms-version': '2020-12-06', 'x-ms-date': new Date().toUTCString(),
        dataserviceversion: '3.0', prefer: 'return-no-content', ...(body && { 'content-type': 'application/json' }),
      },
    }).catch((error) => ({ status: 0, text: async () => String(error.cause ?? error) }));
    const text = await answer.text();
    if (accepted.includes(answer.status)) return { text, headers: answer.headers };
    if (attempt === 6 || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) throw new Error(`${method} ${path.split('?')[0].split('(')[0]}: ${answer.status} ${text.slice(0, 300)}`);
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
  }
}

/** The texts of the objects in the array "value" of an answer. */
function* rows(text) {
  let depth = 0, start = -1, quoted = false;
  for (let i = text.indexOf('"value":[') + 9; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '{' && depth++ === 0) start = i;
    else if (c === '}' && --depth === 0) yield text.slice(start, i + 1);
    else if (c === ']' && depth === 0) return;
  }
}

async function tables() {
  const names = [];
  for (let next = ''; next !== null;) {
    const { text, headers } = await send('GET', `Tables${next && `?NextTableName=${encodeURIComponent(next)}`}`, undefined, [200]);
    names.push(...JSON.parse(text).value.map((table) => table.TableName));
    next = headers.get('x-ms-continuation-nexttablename');
  }
  return names.filter((name) => !ownedByHost.test(name));
}

async function exportTable(name) {
  const file = createWriteStream(join(folder, `${name}.jsonl`), { mode: 0o600 });
  let count = 0;
  for (let next = ''; next !== null;) {
    const { text, headers } = await send('GET', `${name}()${next}`, undefined, [200]);
    for (const row of rows(text)) {
      count++;
      if (!file.write(`${row}\n`)) await once(file, 'drain');
    }
    const partition = headers.get('x-ms-continuation-nextpartitionkey');
    const row = headers.get('x-ms-continuation-nextrowkey');
    next = partition === null ? null : `?NextPartitionKey=${encodeURIComponent(partition)}${row === null ? '' : `&NextRowKey=${encodeURIComponent(row)}`}`;
  }
  file.end();
  await once(file, 'finish');
  return count;
}

async function restoreTable(name) {
  await send('POST', 'Tables', JSON.stringify({ TableName: name }), [201, 204, 409]);
  const key = (text) => encodeURIComponent(text.replaceAll("'", "''"));
  const running = new Set();
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(join(folder, `${name}.jsonl`)) })) {
    const { PartitionKey, RowKey } = JSON.parse(line);
    const write = send('PUT', `${name}(PartitionKey='${key(PartitionKey)}',RowKey='${key(RowKey)}')`, line, [204]).finally(() => running.delete(write));
    running.add(write);
    count++;
    if (running.size >= 32) await Promise.race(running);
  }
  await Promise.all(running);
  return count;
}

if (action === 'export') mkdirSync(folder, { recursive: true, mode: 0o700 });
const names = chosen.length ? chosen : action === 'export' ? await tables() : readdirSync(folder).filter((file) => file.endsWith('.jsonl')).map((file) => file.slice(0, -6));
for (const name of names) console.log(`${name}: ${await (action === 'export' ? exportTable : restoreTable)(name)} rows`);
