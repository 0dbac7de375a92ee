metadata description = 'What the other files hand to one another: a wrong app, role or target does not compile.'

@export()
@description('Tags of a resource.')
type tags = { *: string }

@export()
@description('The two apps.')
type app = 'api' | 'delivery'

@export()
@description('What a role is given on: the state account (tables, task hub, host of the API), the account of the delivering app, a queue, the vault, telemetry or e-mail.')
type target = 'state' | 'delivery' | 'events' | 'webhooks' | 'vault' | 'telemetry' | 'mail'

@export()
@description('The roles that a deployment may assign to the apps; their ids stand in roles.json.')
type role =
  | 'Azure Service Bus Data Receiver'
  | 'Azure Service Bus Data Sender'
  | 'Communication and Email Service Owner'
  | 'Key Vault Secrets User'
  | 'Monitoring Metrics Publisher'
  | 'Storage Blob Data Owner'
  | 'Storage Queue Data Contributor'
  | 'Storage Table Data Contributor'

@export()
@description('A row of the table of roles: which app gets which role on what, and why.')
type access = {
  who: app
  role: role
  on: target
  why: string
}

@export()
@description('The names of the identities that the apps run as. Names, because they are known before anything is deployed: what-if can then show each role.')
type identities = {
  api: string
  delivery: string
}

@export()
@description('An entry of infra/queues.json.')
type queueSettings = {
  name: string
  lockDuration: string
  maxDeliveryCount: int
  maxSizeInMegabytes: int
  requiresDuplicateDetection: bool
  duplicateDetectionHistoryTimeWindow: string
  defaultMessageTimeToLive: string
  deadLetteringOnMessageExpiration: bool
}

@export()
@description('Settings of an app, by name.')
type settings = { *: string }

@export()
@description('Instances of a function group that never stop.')
type alwaysReady = resourceInput<'Microsoft.Web/sites@2025-03-01'>.properties.functionAppConfig.scaleAndConcurrency.alwaysReady

@export()
@description('What a private endpoint leads to.')
type endpoint = {
  name: string
  type: 'Microsoft.Storage/storageAccounts' | 'Microsoft.ServiceBus/namespaces' | 'Microsoft.KeyVault/vaults'
  of: string
  group: 'blob' | 'queue' | 'table' | 'namespace' | 'vault'
}

@export()
@description('An address that alerts are mailed to.')
@minLength(6)
type mailAddress = string

@export()
@description('Records for DNS, as Azure lists them.')
type records = resourceOutput<'Microsoft.Communication/emailServices/domains@2026-03-18'>.properties.verificationRecords
