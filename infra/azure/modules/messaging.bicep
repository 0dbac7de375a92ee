metadata description = 'Service Bus without keys, with the queues of infra/queues.json.'

import * as types from 'types.bicep'

@description('Name of the namespace.')
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags types.tags

@description('Premium is what private endpoints need.')
@allowed(['Standard', 'Premium'])
param sku string

@description('Whether the namespace answers outside private endpoints.')
param publicNetworkAccess bool

@description('Rows of the table of roles that concern a queue: who, role, on (the queue), why.')
param access types.access[]

@description('Names of the identities that the roles are given to.')
param identityNames types.identities

// One source for Azure and the local host.
var queueSettings types.queueSettings[] = loadJsonContent('../../queues.json')

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: name
  location: location
  tags: tags
  sku: sku == 'Premium' ? { name: 'Premium', tier: 'Premium', capacity: 1 } : { name: 'Standard', tier: 'Standard' }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
  }
}

module queues 'queue.bicep' = [
  for settings in queueSettings: {
    params: {
      namespaceName: namespace.name
      settings: settings
      access: filter(access, row => row.on == settings.name)
      identityNames: identityNames
    }
  }
]

@description('Resource id, for private endpoints and alerts.')
output id string = namespace.id

@description('Name of the namespace.')
output name string = namespace.name

@description('Host name, for connections with an identity.')
output hostName string = replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
