metadata description = 'A queue, and who may send to it or receive from it.'

import * as types from 'types.bicep'

@description('The namespace.')
param namespaceName string

@description('An entry of infra/queues.json.')
param settings types.queueSettings

@description('Rows of the table of roles that concern this queue: who, role, why.')
param access types.access[]

@description('Names of the identities that the roles are given to.')
param identityNames types.identities

var roleIds = loadJsonContent('../roles.json').apps

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: namespaceName
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = {
  parent: namespace
  name: settings.name
  properties: {
    lockDuration: settings.lockDuration
    maxDeliveryCount: settings.maxDeliveryCount
    maxSizeInMegabytes: settings.maxSizeInMegabytes
    requiresDuplicateDetection: settings.requiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: settings.duplicateDetectionHistoryTimeWindow
    defaultMessageTimeToLive: settings.defaultMessageTimeToLive
    deadLetteringOnMessageExpiration: settings.deadLetteringOnMessageExpiration
  }
}

resource identities 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = [
  for row in access: {
    name: identityNames[row.who]
  }
]

resource roleAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (row, i) in access: {
    name: guid(queue.id, identities[i].id, roleIds[row.role])
    scope: queue
    properties: {
      principalId: identities[i].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.why
    }
  }
]
