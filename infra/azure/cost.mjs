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
  const series = of('Microsoft.Insights/metricAlerts').reduce((sum, { properties: { criteria } }) => sum + (criteria.allOf ?? [0]).length, 0);
  return {
    bus: price.serviceBusHour[bus.name] * (bus.capacity ?? 1) * hours,
    nat: (of('Microsoft.Network/natGateways').length * price.natHour + of('Microsoft.Network/publicIPAddresses').length * price.addressHour) * hours,
    endpoints: of('Microsoft.Network/privateEndpoints').length * price.privateEndpointHour * hours,
    endpointCount: of('Microsoft.Network/privateEndpoints').length,
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
    row(`Private endpoints (${large.endpointCount})`, 'endpoints'),
    row(`Instances that never stop: zone redundancy keeps two of each of ${groups().length} groups, ${large.readyGigabytes} GB in all (${groups().join(', ')})`, 'ready'),
    row('The test from outside', 'test'),
    row('Alerts', 'alerts'),
    row('Vault, task hub at rest', 'rest'),
    `| **Sum** | **${money(sum(small))}** | **${money(sum(large))}** |`,
  ];
}

// What a link costs.
function measured() {
  const report = readFileSync(here('../../tests/README.md'), 'utf8');
  const row = report.split('\n').find((line) => line.startsWith('| first transaction, '));
  const cells = row.split('|').map((cell) => cell.trim());
  const others = [...cells[6].matchAll(/[\d.]+/g)].map(Number);
  return { requests: Number(/(\d+) requests/.exec(cells[1])[1]), transactions: Number(cells[5]) + others.reduce((a, b) => a + b, 0) };
}

function linkTable() {
  const { requests, transactions } = measured();
  const of = price.perLink;
  const executions = requests + of.followUps + of.deliveries + of.activities + of.turns;
  const messages = of.followUps + of.deliveries;
  const gigabyteSeconds = (executions * 1e6 * of.secondsOfAnExecution * 2) / of.executionsAtATime;
  const logs = executions * of.logEntriesOfAnExecution * of.kilobytesOfAnEntry;
  const out = of.deliveries * of.kilobytesOfAWebhook;
  const rows = [
    ['Tables, the app', `${Math.round(transactions)} transactions² × 10⁶, at ${price.tableTransactions10k} per 10,000`, transactions * 100 * price.tableTransactions10k],
    ['Task hub', `${of.taskHubTableOperations} operations on tables, ${of.taskHubQueueOperations} on queues at ${price.queueOperations10k} per 10,000, × 10⁶`,
      of.taskHubTableOperations * 100 * price.tableTransactions10k + of.taskHubQueueOperations * 100 * price.queueOperations10k],
    ['Executions', `${requests} requests², ${of.followUps} follow-ups, ${of.deliveries} deliveries, ${of.activities} activities, ${of.turns} orchestrator turns = ${executions} × 10⁶, at ${price.millionExecutions} per million¹`, executions * price.millionExecutions],
    ['Execution time', `${executions} × 10⁶ × ${of.secondsOfAnExecution} s × 2 GB, ${of.executionsAtATime} at a time on an instance, at ${price.gigabyteSecond} per GB-s¹`, gigabyteSeconds * price.gigabyteSecond],
    ['Service Bus operations', `${messages} messages × 3 × 10⁶; standard: beyond ${price.serviceBusMillionsIncluded} × 10⁶ at ${price.serviceBusMillion} per million; premium: included`, (messages * 3 - price.serviceBusMillionsIncluded) * price.serviceBusMillion],
    ['Logs', `${executions} × ${of.logEntriesOfAnExecution} entries × ${of.kilobytesOfAnEntry} kB × 10⁶ = ${logs} GB before sampling, at ${price.logGigabyte}`, logs * price.logGigabyte],
    ['Outgoing data', `${of.deliveries} webhooks × ${of.kilobytesOfAWebhook} kB × 10⁶ = ${out} GB, NAT ${price.natGigabyte} + egress ${price.egressGigabyte}`, out * (price.natGigabyte + price.egressGigabyte)],
    ['Stored data', `${of.storedKilobytes} rows × 1 kB × 10⁶ = ${of.storedKilobytes} GB at ${price.storedGigabyte.Standard_GZRS} (GZRS)`, of.storedKilobytes * price.storedGigabyte.Standard_GZRS],
    ['One-time codes', `one mail × ${price.mail} × 10⁶, where a flow asks for one`, price.mail * 1e6],
  ];
  const sum = rows.slice(0, -1).reduce((total, [, , value]) => total + value, 0);
  return ['| | Arithmetic | $ |', '|---|---|--:|', ...rows.map(([name, how, value]) => `| ${name} | ${how} | ${money(value)} |`), `| **Sum**, without one-time codes | | **${money(sum)}** |`];
}

const guide = here('../README.md');
const before = readFileSync(guide, 'utf8');
const put = (text, name, table) => text.replace(new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end -->)`), (_, from, to) => `${from}\n${table.join('\n')}\n\n${to}`);
const after = put(put(before, 'cost of a million links', linkTable()), 'cost of a month', fixedTable());
if (after !== before && write) writeFileSync(guide, after);
else if (after !== before) {
  console.error('infra/README.md: the cost tables are not what infra/azure/cost.mjs computes; write them anew with WRITE_DOCUMENTS=1 (tests/README.md)');
  process.exit(1);
}
