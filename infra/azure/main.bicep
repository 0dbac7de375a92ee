metadata description = 'Partner links, identities and webhooks on Azure Functions: two Flex Consumption apps, storage, Service Bus, Key Vault, e-mail and what watches over them. No keys anywhere.'

targetScope = 'resourceGroup'

import * as types from 'modules/types.bicep'

@description('Short name of the deployment, part of every resource name: lower-case letters and digits.')
@minLength(3)
@maxLength(8)
param name string

@description('Region.')
param location string = resourceGroup().location

@description('Which keys and rules the app works with: sandbox (m2m_test_ keys, simulated providers) or production.')
@allowed(['sandbox', 'production'])
param partnerEnvironment string

@description('Address in links, when a domain of its own leads to the app; empty: the host name that Azure gives.')
param publicBaseUrl string = ''

@description('Flows that links may name, comma-separated.')
param linkFlows string = 'm2m-basic'

@description('How long a partner may still answer a data request once the person needs the data.')
param dataRequestGracePeriod string = '00:00:10'

@description('MXN for one USD.')
param transferRate string = '17.05'

@description('Fee of a transfer in USD.')
param transferFee string = '3.99'

@description('How long a confirmed transfer waits before it is paid out.')
param transferCancelWindow string = '00:00:30'

@description('Who verifies identities: sandbox (simulated, refused in production) or review (an operator).')
param cipProvider string = partnerEnvironment == 'sandbox' ? 'sandbox' : 'review'

@description('The verification level at the KYC provider that a shared person must meet; empty: no KYC sharing. Its secrets must stand in the vault before (infra/README.md).')
param kycLevel string = ''

@description('Address of the KYC provider, where it is not the standard one; counts with kycLevel only.')
param kycProviderUrl string = ''

@description('Calls a minute to the identity API, of a partner in the sandbox and of a source address in production; 0: what the contract says. Raise it behind a proxy of your own.')
@minValue(0)
param identityCallsPerMinute int = 0

@description('Where e-mail data rests, for example Europe or United States.')
param mailDataLocation string = 'Europe'

@description('Own domain that one-time codes come from; empty: a domain that Azure gives, for a few mails an hour.')
param mailDomain string = ''

@description('True once the DNS records of the own domain are verified.')
param mailDomainVerified bool = false

@description('OTLP collector (HTTPS on port 443: others are closed); empty: Application Insights alone.')
param otlpEndpoint string = ''

@description('Secret of the vault with the headers that the collector asks for, as OTEL_EXPORTER_OTLP_HEADERS has them; empty: none.')
param otlpHeadersInVault string = ''

@description('Share of traces that are exported, from 0 to 1, as text; by trace id, so that both apps keep the same ones.')
param traceRatio string = '0.1'

@description('Three copies in three zones: apps, storage and public address.')
param zoneRedundant bool

@description('Storage, Service Bus (premium) and Key Vault answer inside the network only.')
param privateEndpoints bool

@description('First two numbers of the virtual network.')
param networkPrefix string = '10.20'

@description('Memory of an instance.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances on demand of each function group of the API: HTTP, orchestrations, FollowUpEvent.')
param apiMaximumInstances int = 40

@description('Most instances on demand of webhook delivery: what partners can be called with at the same time is this times the places of an instance (functions/Webhooks/README.md).')
param deliveryMaximumInstances int = 40

@description('Instances of the HTTP group that never stop; two or more where zones are redundant.')
param httpAlwaysReady int = 0

@description('Instances of the Durable group that never stop; one or more keeps timers punctual.')
param durableAlwaysReady int = 0

@description('Days during which blobs can be brought back to an earlier moment.')
param restoreDays int = 7

@description('Sends what the hosts log to the workspace a second time, past Application Insights: it tells why an app does not start.')
param hostLogs bool = true

@description('Whoever deploys may store the secrets and look at rows and messages: for a sandbox that somebody deploys by hand.')
param developerAccess bool = false

@description('Locks tables and vault against being deleted. Whoever deploys must be allowed to: Owner, or User Access Administrator.')
param keepFromDeletion bool = false

@description('Days that logs are kept.')
param logRetentionDays int = 30

@description('Gigabytes of logs a day; -1: no limit.')
param logDailyGigabytes int = 5

@description('Addresses that alerts and the budget are mailed to.')
@minLength(1)
param alertMailTo types.mailAddress[]

@description('What a month may cost, in the currency of the subscription.')
param monthlyBudget int

@description('First day of the month in which the budget starts, as 2026-12-01; leave it after the first deployment.')
@minLength(10)
@maxLength(10)
param budgetStart string

// A part of names that take no other characters. The compiler's constraints know lengths only.
var unfit = filter(
  map(range(0, length(name)), i => substring(name, i, 1)),
  letter => !contains('abcdefghijklmnopqrstuvwxyz0123456789', letter)
)
var deploymentName = empty(unfit) ? name : fail('the name \'${name}\' may hold lower-case letters and digits only')
var token = uniqueString(resourceGroup().id, deploymentName)
var suffix = '${deploymentName}-${take(token, 6)}'
var names = {
  state: take('st${deploymentName}${token}', 24)
  deliveryHost: take('sd${deploymentName}${token}', 24)
  messaging: 'sb-${deploymentName}-${token}'
  vault: take('kv-${deploymentName}${token}', 24)
}
var tags = {
  application: 'partner-links'
  deployment: deploymentName
  environment: partnerEnvironment
  // What cannot be changed later: deploy.sh refuses to.
  privateEndpoints: privateEndpoints ? 'true' : 'false'
  zoneRedundant: zoneRedundant ? 'true' : 'false'
}

// Who may do what on which resource; nothing else is assigned, but to the developer of a sandbox. 'on' is the state account (tables, task hub, API host), the delivery account (host of webhook delivery),
// a queue, the vault, telemetry or e-mail. tests/Infrastructure holds this table against what the code does.
var access types.access[] = [
  {
    who: 'api'
    role: 'Storage Blob Data Owner'
    on: 'state'
    why: 'Host locks and function keys, the package, leases and large messages of the task hub'
  }
  { who: 'api', role: 'Storage Queue Data Contributor', on: 'state', why: 'Queues of the task hub' }
  { who: 'api', role: 'Storage Table Data Contributor', on: 'state', why: 'Tables of the app and of the task hub' }
  {
    who: 'api'
    role: 'Azure Service Bus Data Sender'
    on: 'events'
    why: 'Announces events; schedules one again that could not be followed up'
  }
  { who: 'api', role: 'Azure Service Bus Data Receiver', on: 'events', why: 'FollowUpEvent' }
  {
    who: 'api'
    role: 'Azure Service Bus Data Sender'
    on: 'webhooks'
    why: 'FollowUpEvent and replays queue deliveries'
  }
  {
    who: 'api'
    role: 'Azure Service Bus Data Receiver'
    on: 'webhooks'
    why: 'Operators look at dead letters and send them again'
  }
  { who: 'api', role: 'Key Vault Secrets User', on: 'vault', why: 'Key ring; secrets of the KYC provider' }
  {
    who: 'api'
    role: 'Monitoring Metrics Publisher'
    on: 'telemetry'
    why: 'Application Insights takes telemetry from identities only'
  }
  {
    who: 'api'
    role: 'Communication and Email Service Owner'
    on: 'mail'
    why: 'Sends one-time codes; no smaller built-in role can send (infra/README.md)'
  }
  { who: 'delivery', role: 'Storage Blob Data Owner', on: 'delivery', why: 'Host locks and the package' }
  {
    who: 'delivery'
    role: 'Storage Table Data Contributor'
    on: 'state'
    why: 'Delivery records, partners, and answers that partners give in a response'
  }
  { who: 'delivery', role: 'Azure Service Bus Data Receiver', on: 'webhooks', why: 'DeliverWebhook' }
  {
    who: 'delivery'
    role: 'Azure Service Bus Data Sender'
    on: 'webhooks'
    why: 'Schedules the next attempt, and one that is held back'
  }
  {
    who: 'delivery'
    role: 'Azure Service Bus Data Sender'
    on: 'events'
    why: 'Announces the answer to a data request'
  }
  { who: 'delivery', role: 'Key Vault Secrets User', on: 'vault', why: 'Key ring, for webhook secrets and data' }
  {
    who: 'delivery'
    role: 'Monitoring Metrics Publisher'
    on: 'telemetry'
    why: 'Application Insights takes telemetry from identities only'
  }
]

// Which app runs which function of the one package; written from what was built (tests/README.md).
var functions = loadJsonContent('functions.json')

// Their names are handed on, and not their ids: what is known only in Azure would hide roles from what-if.
var identityNames = {
  api: 'id-api-${suffix}'
  delivery: 'id-delivery-${suffix}'
}

resource apiIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: identityNames.api
  location: location
  tags: tags
}

resource deliveryIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: identityNames.delivery
  location: location
  tags: tags
}

module network 'modules/network.bicep' = {
  params: {
    name: suffix
    location: location
    tags: tags
    addressPrefix: networkPrefix
    zoneRedundant: zoneRedundant
  }
}

module observability 'modules/observability.bicep' = {
  dependsOn: [apiIdentity, deliveryIdentity]
  params: {
    name: suffix
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyGigabytes: logDailyGigabytes
    access: filter(access, row => row.on == 'telemetry')
    identityNames: identityNames
  }
}

module state 'modules/storage.bicep' = {
  dependsOn: [apiIdentity, deliveryIdentity]
  params: {
    name: names.state
    location: location
    tags: tags
    sku: zoneRedundant ? 'Standard_GZRS' : 'Standard_LRS'
    publicNetworkAccess: !privateEndpoints
    restoreDays: restoreDays
    keepFromDeletion: keepFromDeletion
    access: filter(access, row => row.on == 'state')
    identityNames: identityNames
  }
}

// An account of its own: whoever takes over the app that calls partners' addresses must not be able to write the API's package and keys.
module deliveryHost 'modules/storage.bicep' = {
  dependsOn: [apiIdentity, deliveryIdentity]
  params: {
    name: names.deliveryHost
    location: location
    tags: tags
    sku: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    publicNetworkAccess: !privateEndpoints
    restoreDays: restoreDays
    keepFromDeletion: false
    access: filter(access, row => row.on == 'delivery')
    identityNames: identityNames
  }
}

module messaging 'modules/messaging.bicep' = {
  dependsOn: [apiIdentity, deliveryIdentity]
  params: {
    name: names.messaging
    location: location
    tags: tags
    sku: privateEndpoints ? 'Premium' : 'Standard'
    publicNetworkAccess: !privateEndpoints
    access: filter(access, row => row.on == 'events' || row.on == 'webhooks')
    identityNames: identityNames
  }
}

module secrets 'modules/secrets.bicep' = {
  dependsOn: [apiIdentity, deliveryIdentity]
  params: {
    name: names.vault
    location: location
    tags: tags
    publicNetworkAccess: !privateEndpoints
    keepFromDeletion: keepFromDeletion
    workspaceId: observability.outputs.workspaceId
    access: filter(access, row => row.on == 'vault')
    identityNames: identityNames
  }
}

module mail 'modules/mail.bicep' = {
  dependsOn: [apiIdentity, deliveryIdentity]
  params: {
    name: suffix
    tags: tags
    dataLocation: mailDataLocation
    domainName: mailDomain
    domainVerified: mailDomainVerified
    access: filter(access, row => row.on == 'mail')
    identityNames: identityNames
  }
}

module developer 'modules/developer.bicep' = if (developerAccess) {
  dependsOn: [state, messaging, secrets]
  params: {
    stateAccountName: names.state
    serviceBusName: names.messaging
    vaultName: names.vault
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (privateEndpoints) {
  dependsOn: [state, deliveryHost, messaging, secrets]
  params: {
    location: location
    tags: tags
    networkId: network.outputs.networkId
    subnetId: network.outputs.endpointSubnetId
    endpoints: [
      { name: 'state-blob-${suffix}', type: 'Microsoft.Storage/storageAccounts', of: names.state, group: 'blob' }
      { name: 'state-queue-${suffix}', type: 'Microsoft.Storage/storageAccounts', of: names.state, group: 'queue' }
      { name: 'state-table-${suffix}', type: 'Microsoft.Storage/storageAccounts', of: names.state, group: 'table' }
      {
        name: 'delivery-blob-${suffix}'
        type: 'Microsoft.Storage/storageAccounts'
        of: names.deliveryHost
        group: 'blob'
      }
      { name: 'messaging-${suffix}', type: 'Microsoft.ServiceBus/namespaces', of: names.messaging, group: 'namespace' }
      { name: 'vault-${suffix}', type: 'Microsoft.KeyVault/vaults', of: names.vault, group: 'vault' }
    ]
  }
}

// Both apps get these: they are the same package, and what reads a setting may start in either.
var requiredSettings = {
  Partners__Environment: partnerEnvironment
  KeyVault__Uri: secrets.outputs.uri
  Links__Flows: linkFlows
  DataRequests__GracePeriod: dataRequestGracePeriod
  Operations__Rate: transferRate
  Operations__Fee: transferFee
  Operations__CancelWindow: transferCancelWindow
  Cip__Provider: cipProvider
}
// What answers the identity API needs besides. The app that calls partners' addresses gets none of it: with a verification level it would ask for the KYC provider's secrets.
var mailSettings = {
  Mail__AcsEndpoint: mail.outputs.endpoint
  Mail__From: mail.outputs.from
}
var kycSettings = empty(kycLevel) ? {} : { Kyc__Level: kycLevel }
var kycAddressSettings = empty(kycLevel) || empty(kycProviderUrl) ? {} : { Kyc__ProviderUrl: kycProviderUrl }
var limitSettings = identityCallsPerMinute == 0 ? {} : { Identities__CallsPerMinute: string(identityCallsPerMinute) }
var identitySettings = union(mailSettings, kycSettings, kycAddressSettings, limitSettings)
var otlpSettings = empty(otlpEndpoint)
  ? {}
  : {
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf'
    }
// A reference: the value stays in the vault, and each app reads it as itself.
var otlpHeaderSettings = empty(otlpHeadersInVault)
  ? {}
  : {
      OTEL_EXPORTER_OTLP_HEADERS: '@Microsoft.KeyVault(VaultName=${secrets.outputs.name};SecretName=${otlpHeadersInVault})'
    }
// Azure Monitor's sampler, which decides for both exporters. Not by the parent's flag: that is the host's or any caller's,
// and neither is asked what our spans cost.
var traceSettings = {
  OTEL_TRACES_SAMPLER: 'microsoft.fixed_percentage'
  OTEL_TRACES_SAMPLER_ARG: traceRatio
}
var codeSettings = union(requiredSettings, traceSettings, otlpSettings, otlpHeaderSettings)

module api 'modules/app.bicep' = {
  dependsOn: [endpoints]
  params: {
    name: 'func-api-${suffix}'
    location: location
    tags: union(tags, { 'azd-service-name': 'api' })
    identityId: apiIdentity.id
    identityClientId: apiIdentity.properties.clientId
    subnetId: network.outputs.apiSubnetId
    packagesUri: state.outputs.packagesUri
    codeSettings: union(codeSettings, identitySettings)
    blobUri: state.outputs.blobUri
    queueUri: state.outputs.queueUri
    tableUri: state.outputs.tableUri
    serviceBusHostName: messaging.outputs.hostName
    insightsConnectionString: observability.outputs.connectionString
    hostSettings: {
      // Instances of the Durable group start by what its queues hold: nothing waits longer than this for a look.
      AzureFunctionsJobHost__extensions__durableTask__storageProvider__maxQueuePollingInterval: '00:00:10'
    }
    disabledFunctions: functions.delivery
    publicBaseUrl: publicBaseUrl
    hostLogs: hostLogs
    workspaceId: observability.outputs.workspaceId
    zoneRedundant: zoneRedundant
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: apiMaximumInstances
    alwaysReady: filter(
      [{ name: 'http', instanceCount: httpAlwaysReady }, { name: 'durable', instanceCount: durableAlwaysReady }],
      group => group.instanceCount > 0
    )
  }
}

module delivery 'modules/app.bicep' = {
  dependsOn: [endpoints]
  params: {
    name: 'func-delivery-${suffix}'
    location: location
    tags: union(tags, { 'azd-service-name': 'delivery' })
    identityId: deliveryIdentity.id
    identityClientId: deliveryIdentity.properties.clientId
    subnetId: network.outputs.deliverySubnetId
    packagesUri: deliveryHost.outputs.packagesUri
    codeSettings: codeSettings
    blobUri: deliveryHost.outputs.blobUri
    queueUri: deliveryHost.outputs.queueUri
    tableUri: state.outputs.tableUri
    serviceBusHostName: messaging.outputs.hostName
    insightsConnectionString: observability.outputs.connectionString
    hostSettings: {
      // It runs no orchestrations; with a hub of its own it cannot take part in the API's even by mistake.
      AzureFunctionsJobHost__extensions__durableTask__hubName: 'delivery'
    }
    disabledFunctions: functions.api
    publicBaseUrl: api.outputs.publicBaseUrl
    hostLogs: hostLogs
    workspaceId: observability.outputs.workspaceId
    zoneRedundant: zoneRedundant
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: deliveryMaximumInstances
    alwaysReady: []
  }
}

module alerts 'modules/alerts.bicep' = {
  params: {
    name: suffix
    location: location
    tags: tags
    mailTo: alertMailTo
    workspaceId: observability.outputs.workspaceId
    insightsId: observability.outputs.insightsId
    apiAddress: api.outputs.publicBaseUrl
    queues: map(loadJsonContent('../queues.json'), queue => queue.name)
    serviceBusId: messaging.outputs.id
    storageAccounts: [names.state, names.deliveryHost]
    apiName: api.outputs.name
    deliveryName: delivery.outputs.name
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
  }
}

@description('The app that answers requests.')
output apiName string = api.outputs.name

@description('The app that delivers webhooks.')
output deliveryName string = delivery.outputs.name

@description('The host name that Azure gives the API.')
output apiHostName string = api.outputs.hostName

@description('The vault that wants its secrets.')
output vaultName string = secrets.outputs.name

@description('The namespace, for a look at its queues.')
output serviceBusName string = messaging.outputs.name

@description('The account with the tables.')
output stateAccountName string = state.outputs.name

@description('The workspace with the logs.')
output workspaceName string = observability.outputs.workspaceName

@description('The address that webhooks and all other calls come from; partners allow it.')
output egressAddress string = network.outputs.egressAddress

@description('DNS records of the e-mail domain; empty where Azure gives the domain.')
output mailDnsRecords types.records = mail.outputs.dnsRecords
