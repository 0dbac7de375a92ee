metadata description = 'Partner links, identities and webhooks on Azure Functions: two Flex Consumption apps, storage, Service Bus, Key Vault, e-mail and what watches over them. No keys anywhere.'

targetScope = 'resourceGroup'

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

@description('Most instances of the API, of all its function groups together.')
param apiMaximumInstances int = 100

@description('Most instances of webhook delivery: what partners can be called with at the same time is this times 32 (host.json).')
param deliveryMaximumInstances int = 40

@description('Instances of the HTTP group that never stop; two or more where zones are redundant.')
param httpAlwaysReady int = 0

@description('Instances of the Durable group that never stop; one or more keeps timers punctual.')
param durableAlwaysReady int = 0

@description('Days during which blobs can be brought back to an earlier moment.')
param restoreDays int = 7

@description('Days that logs are kept.')
param logRetentionDays int = 30

@description('Gigabytes of logs a day; -1: no limit.')
param logDailyGigabytes int = 5

@description('Addresses that alerts and the budget are mailed to.')
@minLength(1)
param alertMailTo array

@description('What a month may cost, in the currency of the subscription.')
param monthlyBudget int

@description('First day of the month in which the budget starts, as 2026-12-01; leave it after the first deployment.')
param budgetStart string

var token = uniqueString(resourceGroup().id, name)
var suffix = '${name}-${take(token, 6)}'
var tags = {
  application: 'partner-links'
  deployment: name
  environment: partnerEnvironment
}

// Who may do what on which resource; nothing else is assigned. 'on' is the state account (tables, task hub, API host), the delivery account (host of webhook delivery),
// a queue, the vault, telemetry or e-mail. tests/Infrastructure holds this table against what the code does.
var access = [
  { who: 'api', role: 'Storage Blob Data Owner', on: 'state', why: 'Host locks and function keys, the package, leases and large messages of the task hub' }
  { who: 'api', role: 'Storage Queue Data Contributor', on: 'state', why: 'Queues of the task hub' }
  { who: 'api', role: 'Storage Table Data Contributor', on: 'state', why: 'Tables of the app and of the task hub' }
  { who: 'api', role: 'Azure Service Bus Data Sender', on: 'events', why: 'Announces events; schedules one again that could not be followed up' }
  { who: 'api', role: 'Azure Service Bus Data Receiver', on: 'events', why: 'FollowUpEvent' }
  { who: 'api', role: 'Azure Service Bus Data Sender', on: 'webhooks', why: 'FollowUpEvent and replays queue deliveries' }
  { who: 'api', role: 'Azure Service Bus Data Receiver', on: 'webhooks', why: 'Operators look at dead letters and send them again' }
  { who: 'api', role: 'Key Vault Secrets User', on: 'vault', why: 'Key ring; secrets of the KYC provider' }
  { who: 'api', role: 'Monitoring Metrics Publisher', on: 'telemetry', why: 'Application Insights takes telemetry from identities only' }
  { who: 'api', role: 'Communication and Email Service Owner', on: 'mail', why: 'Sends one-time codes; no smaller built-in role can send (infra/README.md)' }
  { who: 'delivery', role: 'Storage Blob Data Owner', on: 'delivery', why: 'Host locks and the package' }
  { who: 'delivery', role: 'Storage Table Data Contributor', on: 'state', why: 'Delivery records, partners, and answers that partners give in a response' }
  { who: 'delivery', role: 'Azure Service Bus Data Receiver', on: 'webhooks', why: 'DeliverWebhook' }
  { who: 'delivery', role: 'Azure Service Bus Data Sender', on: 'webhooks', why: 'Schedules the next attempt, and one that is held back' }
  { who: 'delivery', role: 'Azure Service Bus Data Sender', on: 'events', why: 'Announces the answer to a data request' }
  { who: 'delivery', role: 'Key Vault Secrets User', on: 'vault', why: 'Key ring, for webhook secrets and data' }
  { who: 'delivery', role: 'Monitoring Metrics Publisher', on: 'telemetry', why: 'Application Insights takes telemetry from identities only' }
]

// Which app runs which function of the one package.
var functions = loadJsonContent('functions.json')

module apiIdentity 'modules/identity.bicep' = {
  name: 'identity-api'
  params: {
    name: 'id-api-${suffix}'
    location: location
    tags: tags
  }
}

module deliveryIdentity 'modules/identity.bicep' = {
  name: 'identity-delivery'
  params: {
    name: 'id-delivery-${suffix}'
    location: location
    tags: tags
  }
}

var principals = {
  api: apiIdentity.outputs.principalId
  delivery: deliveryIdentity.outputs.principalId
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    name: suffix
    location: location
    tags: tags
    addressPrefix: networkPrefix
    zoneRedundant: zoneRedundant
  }
}

module observability 'modules/observability.bicep' = {
  name: 'observability'
  params: {
    name: suffix
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyGigabytes: logDailyGigabytes
    access: filter(access, row => row.on == 'telemetry')
    principals: principals
  }
}

module state 'modules/storage.bicep' = {
  name: 'storage-state'
  params: {
    name: take('st${name}${token}', 24)
    location: location
    tags: tags
    sku: zoneRedundant ? 'Standard_GZRS' : 'Standard_LRS'
    publicNetworkAccess: !privateEndpoints
    restoreDays: restoreDays
    access: filter(access, row => row.on == 'state')
    principals: principals
  }
}

// An account of its own: whoever takes over the app that calls partners' addresses must not be able to write the API's package and keys.
module deliveryHost 'modules/storage.bicep' = {
  name: 'storage-delivery'
  params: {
    name: take('sd${name}${token}', 24)
    location: location
    tags: tags
    sku: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    publicNetworkAccess: !privateEndpoints
    restoreDays: restoreDays
    access: filter(access, row => row.on == 'delivery')
    principals: principals
  }
}

module messaging 'modules/messaging.bicep' = {
  name: 'messaging'
  params: {
    name: 'sb-${name}-${token}'
    location: location
    tags: tags
    sku: privateEndpoints ? 'Premium' : 'Standard'
    publicNetworkAccess: !privateEndpoints
    access: filter(access, row => row.on == 'events' || row.on == 'webhooks')
    principals: principals
  }
}

module secrets 'modules/secrets.bicep' = {
  name: 'secrets'
  params: {
    name: take('kv-${name}${token}', 24)
    location: location
    tags: tags
    publicNetworkAccess: !privateEndpoints
    workspaceId: observability.outputs.workspaceId
    access: filter(access, row => row.on == 'vault')
    principals: principals
  }
}

module mail 'modules/mail.bicep' = {
  name: 'mail'
  params: {
    name: suffix
    tags: tags
    dataLocation: mailDataLocation
    domainName: mailDomain
    domainVerified: mailDomainVerified
    access: filter(access, row => row.on == 'mail')
    principals: principals
  }
}

module endpoints 'modules/private-endpoints.bicep' = if (privateEndpoints) {
  name: 'private-endpoints'
  params: {
    location: location
    tags: tags
    networkId: network.outputs.networkId
    subnetId: network.outputs.endpointSubnetId
    endpoints: [
      { name: 'state-blob-${suffix}', target: state.outputs.id, group: 'blob' }
      { name: 'state-queue-${suffix}', target: state.outputs.id, group: 'queue' }
      { name: 'state-table-${suffix}', target: state.outputs.id, group: 'table' }
      { name: 'delivery-blob-${suffix}', target: deliveryHost.outputs.id, group: 'blob' }
      { name: 'messaging-${suffix}', target: messaging.outputs.id, group: 'namespace' }
      { name: 'vault-${suffix}', target: secrets.outputs.id, group: 'vault' }
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
var otlpSettings = empty(otlpEndpoint) ? {} : {
  OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf'
}
// Azure Monitor's sampler, which decides for both exporters. Not by the parent's flag: that is the host's or any caller's,
// and neither is asked what our spans cost.
var traceSettings = {
  OTEL_TRACES_SAMPLER: 'microsoft.fixed_percentage'
  OTEL_TRACES_SAMPLER_ARG: traceRatio
}
var codeSettings = union(requiredSettings, traceSettings, otlpSettings)

module api 'modules/app.bicep' = {
  name: 'app-api'
  dependsOn: [endpoints]
  params: {
    name: 'func-api-${suffix}'
    location: location
    tags: union(tags, { 'azd-service-name': 'api' })
    identityId: apiIdentity.outputs.id
    identityClientId: apiIdentity.outputs.clientId
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
    acceptsRequests: true
    publicBaseUrl: publicBaseUrl
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
  name: 'app-delivery'
  dependsOn: [endpoints]
  params: {
    name: 'func-delivery-${suffix}'
    location: location
    tags: union(tags, { 'azd-service-name': 'delivery' })
    identityId: deliveryIdentity.outputs.id
    identityClientId: deliveryIdentity.outputs.clientId
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
    acceptsRequests: false
    publicBaseUrl: api.outputs.publicBaseUrl
    zoneRedundant: zoneRedundant
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: deliveryMaximumInstances
    alwaysReady: []
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    name: suffix
    location: location
    tags: tags
    mailTo: alertMailTo
    workspaceId: observability.outputs.workspaceId
    serviceBusId: messaging.outputs.id
    storageAccounts: [
      { name: state.outputs.name, id: state.outputs.id }
      { name: deliveryHost.outputs.name, id: deliveryHost.outputs.id }
    ]
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

@description('DNS records of the e-mail domain.')
output mailDnsRecords object = mail.outputs.dnsRecords
