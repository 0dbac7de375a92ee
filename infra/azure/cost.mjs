// Computes the cost tables of infra/README.md: fixed costs from what would be deployed, costs of links from the counts of the benchmark (tests/README.md), both with prices.json.
//   node cost.mjs SANDBOX.snapshot.json PRODUCTION.snapshot.json functions.metadata [--write]
// Without --write it only compares, and ends with 1 where the tables are not what it computes. tests/Infrastructure runs it; WRITE_DOCUMENTS=1 makes that write them.
import { readFileSync, writeFileSync } from 'node:fs';

const [sandbox, production, metadata, write] = process.argv.slice(2);
const here = (path) => new URL(path, import.meta.url);
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const price = json(here('prices.json'));
const functions = json(metadata);
const delivering = json(here('functions.json')).delivery;
const [hours, seconds] = [730, 730 * 3600];
const money = (value) => (value < 10 ? (Math.round(value * 10) / 10).toString() : Math.round(value).toLocaleString('en-US'));

// What runs, whatever happens.
/** Instances scale by group: all HTTP functions are one, all of Durable are one, each other function is one of its own. */
function groups() {
  const names = functions.map(({ name, bindings }) => {
    const app = delivering.includes(name) ? 'delivery' : 'api';
    const type = bindings.find((binding) => /trigger$/i.test(binding.type)).type;
    if (type === 'httpTrigger') return `${app} http`;
    return type === 'serviceBusTrigger' || type === 'timerTrigger' ? `${app} ${name}` : `${app} durable`;
  });
  return [...new Set(names)].sort();
}

function fixed(path) {
  const resources = json(path).predictedResources;
  const of = (type) => resources.filter((resource) => resource.type.toLowerCase() === type.toLowerCase());
  const sites = of('Microsoft.Web/sites');
  const zones = of('Microsoft.Web/serverfarms').some((plan) => plan.properties.zoneRedundant);
  const scale = (site) => site.properties.functionAppConfig.scaleAndConcurrency;
  let ready = 0;
  for (const site of sites) {
    const always = scale(site).alwaysReady ?? [];
    for (const group of groups().filter((name) => site.name.startsWith(`func-${name.split(' ')[0]}-`))) {
      const asked = always.find(({ name }) => group.endsWith(` ${name.replace('function:', '')}`))?.instanceCount ?? 0;
      ready += Math.max(asked, zones ? 2 : 0) * (scale(site).instanceMemoryMB / 1024);
    }
  }
  const bus = of('Microsoft.ServiceBus/namespaces')[0].sku;
  const test = of('Microsoft.Insights/webtests')[0].properties;
  const runs = (seconds / test.Frequency) * test.Locations.length;
  // Each value of a dimension is a series of its own.
  const seriesOf = ({ dimensions = [] }) => dimensions.reduce((product, { values }) => product * values.length, 1);
  const series = of('Microsoft.Insights/metricAlerts').flatMap(({ properties: { criteria } }) => criteria.allOf ?? [{}]).reduce((sum, criterion) => sum + seriesOf(criterion), 0);
  return {
    bus: price.serviceBusHour[bus.name] * (bus.capacity ?? 1) * hours,
    nat: (of('Microsoft.Network/natGateways').length * price.natHour + of('Microsoft.Network/publicIPAddresses').length * price.addressHour) * hours,
    endpoints: of('Microsoft.Network/privateEndpoints').length * price.privateEndpointHour * hours + of('Microsoft.Network/privateDnsZones').length * price.privateDnsZoneMonth,
    endpointCount: of('Microsoft.Network/privateEndpoints').length,
    zoneCount: of('Microsoft.Network/privateDnsZones').length,
    ready: ready * seconds * price.readyGigabyteSecond,
    readyGigabytes: ready,
    test: runs * price.webTestRun,
    alerts: series * price.metricAlertSeries + of('Microsoft.Insights/scheduledQueryRules').length * price.logAlertEvery5Minutes,
    rest: price.vaultAndTaskHubAtRest,
  };
}

function fixedTable() {
  const [small, large] = [fixed(sandbox), fixed(production)];
  const sum = (costs) => ['bus', 'nat', 'endpoints', 'ready', 'test', 'alerts', 'rest'].reduce((total, key) => total + costs[key], 0);
  const row = (name, key) => `| ${name} | ${small[key] ? money(small[key]) : ''} | ${large[key] ? money(large[key]) : ''} |`;
  return [
    '| | Sandbox | Production |',
    '|---|--:|--:|',
    row('Service Bus: standard, or one premium unit', 'bus'),
    row('NAT gateway and address', 'nat'),
    row(`Private endpoints (${large.endpointCount}) and their DNS zones (${large.zoneCount})`, 'endpoints'),
    row(`Instances that never stop: zone redundancy keeps two of each of ${groups().length} groups, ${large.readyGigabytes} GB in all (${groups().join(', ')})`, 'ready'),
    row('The test from outside', 'test'),
    row('Alerts', 'alerts'),
    row('Vault, task hub at rest', 'rest'),
    `| **Sum** | **${money(sum(small))}** | **${money(sum(large))}** |`,
  ];
}

// What a link and an identity cost.
/** A row of the benchmark's table: what its first cell says, and the storage transactions of the requests and of each that follows. */
function measured(name) {
  const report = readFileSync(here('../../tests/README.md'), 'utf8');
  const cells = report.split('\n').find((line) => line.startsWith(`| ${name}`)).split('|').map((cell) => cell.trim());
  const others = [...cells[6].matchAll(/ ([\d.]+)/g)].map(([, count]) => Number(count));
  return { text: cells[1], own: Number(cells[5]), others, all: others.reduce((a, b) => a + b, Number(cells[5])) };
}

/** Seconds that instances are billed for: one at least for an execution, and no more than the month, as long as one instance of a group is enough. */
const billed = (executions) => Object.values(executions).reduce((sum, count) => sum + Math.min(count * 1e6 * price.leastBilledSeconds, seconds), 0);
const timeCosts = (billedSeconds) => billedSeconds * 2 * price.gigabyteSecond;

const journey = measured('first transaction, ');
const requests = Number(/(\d+) requests/.exec(journey.text)[1]);
const executionsOfALink = { http: requests, followUps: price.perLink.followUps, deliveries: price.perLink.deliveries, durable: price.perLink.activities + price.perLink.turns };
const counted = (executions) => Object.values(executions).reduce((a, b) => a + b, 0);

const logsOf = (executions) => {
  const size = executions * price.logEntriesOfAnExecution * price.kilobytesOfAnEntry;
  return ['Logs', `${executions} × ${price.logEntriesOfAnExecution} entries × ${price.kilobytesOfAnEntry} kB × 10⁶ = ${size} GB before sampling, at ${price.logGigabyte}`, size * price.logGigabyte];
};
const stored = (kilobytes) => ['Stored data', `${kilobytes} rows × 1 kB × 10⁶ = ${kilobytes} GB at ${price.storedGigabyte.Standard_GZRS} (GZRS)`, kilobytes * price.storedGigabyte.Standard_GZRS];
const table = (rows, sum) => ['| | Arithmetic | $ |', '|---|---|--:|', ...rows.map(([name, how, value]) => `| ${name} | ${how} | ${money(value)} |`), `| **Sum**${sum.name} | | **${money(sum.value)}** |`];
const total = (rows) => rows.reduce((sum, [, , value]) => sum + value, 0);

function linkTable() {
  const of = price.perLink;
  const executions = counted(executionsOfALink);
  const messages = of.followUps + of.deliveries;
  const out = of.deliveries * of.kilobytesOfAWebhook;
  const rows = [
    ['Tables, the app', `${Math.round(journey.all)} transactions² × 10⁶, at ${price.tableTransactions10k} per 10,000`, journey.all * 100 * price.tableTransactions10k],
    ['Task hub', `${of.taskHubTableOperations} operations on tables, ${of.taskHubQueueOperations} on queues at ${price.queueOperations10k} per 10,000, × 10⁶`,
      of.taskHubTableOperations * 100 * price.tableTransactions10k + of.taskHubQueueOperations * 100 * price.queueOperations10k],
    ['Executions', `${requests} requests², ${of.followUps} follow-ups, ${of.deliveries} deliveries, ${of.activities} activities, ${of.turns} orchestrator turns = ${executions} × 10⁶, at ${price.millionExecutions} per million¹`, executions * price.millionExecutions],
    ['Execution time', `${Object.keys(executionsOfALink).length} groups (HTTP, FollowUpEvent, DeliverWebhook, Durable), each billed for ${price.leastBilledSeconds} s an execution at least and so, spread evenly, all the time: × ${hours} h × 2 GB, at ${price.gigabyteSecond} per GB-s¹`, timeCosts(billed(executionsOfALink))],
    ['Service Bus operations', `${messages} messages × 3 × 10⁶; standard: beyond ${price.serviceBusMillionsIncluded} × 10⁶ at ${price.serviceBusMillion} per million; premium: included`, (messages * 3 - price.serviceBusMillionsIncluded) * price.serviceBusMillion],
    logsOf(executions),
    ['Outgoing data', `${of.deliveries} webhooks × ${of.kilobytesOfAWebhook} kB × 10⁶ = ${out} GB, NAT ${price.natGigabyte} + egress ${price.egressGigabyte}`, out * (price.natGigabyte + price.egressGigabyte)],
    stored(of.storedKilobytes),
    ['One-time codes', `one mail × ${price.mail} × 10⁶, where a flow asks for one`, price.mail * 1e6],
  ];
  return table(rows, { name: ', without one-time codes', value: total(rows.slice(0, -1)) });
}

function identityTable() {
  const of = price.perIdentity;
  const calls = ['create', 'get by e-mail', 'eligibility'].map((name) => ({ name, own: measured(`identity: ${name} `).own }));
  const transactions = calls.reduce((sum, { own }) => sum + own, of.followUpTransactions);
  const executions = { http: calls.length, followUps: of.followUps };
  const beside = { ...executionsOfALink, http: requests + calls.length, followUps: price.perLink.followUps + of.followUps };
  const rows = [
    ['Tables', `${calls.map(({ name, own }) => `${name} ${own.toFixed(1)}²`).join(', ')}, follow-up about ${of.followUpTransactions}: ${transactions.toFixed(1)} × 10⁶, at ${price.tableTransactions10k} per 10,000`, transactions * 100 * price.tableTransactions10k],
    ['Executions', `${calls.length} requests, ${of.followUps} follow-up = ${counted(executions)} × 10⁶, at ${price.millionExecutions} per million¹`, counted(executions) * price.millionExecutions],
    ['Execution time', `beside a million links none: their instances are billed all the time (alone: ${money(timeCosts(billed(executions)))})`, timeCosts(billed(beside) - billed(executionsOfALink))],
    ['Service Bus operations', `${of.followUps} message × 3 × 10⁶ at ${price.serviceBusMillion} per million; premium: included`, of.followUps * 3 * price.serviceBusMillion],
    logsOf(counted(executions)),
    stored(of.storedKilobytes),
  ];
  return table(rows, { name: '', value: total(rows) });
}

function sentence() {
  const [created, expired, returning] = ['create, with follow-up and delivery', 'expire, all at once', 'second transaction, '].map(measured);
  const parts = (row) => [row.own, ...row.others].map((count) => `${count.toFixed(1)}²`).join(' + ');
  return [`A link that nobody opens costs ${Math.round(created.all + expired.all)} of the ${Math.round(journey.all)} table transactions (created ${parts(created)}; expired ${parts(expired)}), a returning person's transaction ${Math.round(returning.all)}.`];
}

const guide = here('../README.md');
const before = readFileSync(guide, 'utf8');
function put(text, name, lines) {
  const place = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`);
  if (!place.test(text)) throw new Error(`infra/README.md has no place for '${name}'`);
  return text.replace(place, (_, from, to) => `${from}\n${lines.join('\n')}\n\n${to}`);
}
const tables = { 'cost of a million links': linkTable(), 'cost of a million identities': identityTable(), 'what other links cost': sentence(), 'cost of a month': fixedTable() };
const after = Object.entries(tables).reduce((text, [name, lines]) => put(text, name, lines), before);
if (after !== before && write) writeFileSync(guide, after);
else if (after !== before) {
  console.error('infra/README.md: the cost tables are not what infra/azure/cost.mjs computes; write them anew with WRITE_DOCUMENTS=1 (tests/README.md)');
  process.exit(1);
}
