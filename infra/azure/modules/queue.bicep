metadata description = 'A queue, and who may send to it or receive from it.'

@description('The namespace.')
param namespaceName string

@description('An entry of infra/queues.json.')
param settings object

@description('Rows of the table of roles that concern this queue: who, role, why.')
param access array

@description('Object ids by the names used in the table of roles.')
param principals object

var roleIds = loadJsonContent('../roles.json')

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: namespaceName
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = {
  parent: namespace
  name: settings.name
  properties: {
    lockDuration: settings.lockDuration
    maxDeliveryCount: settings.maxDeliveryCount
    requiresDuplicateDetection: settings.requiresDuplicateDetection
    duplicateDetectionHistoryTimeWindow: settings.duplicateDetectionHistoryTimeWindow
    defaultMessageTimeToLive: settings.defaultMessageTimeToLive
    deadLetteringOnMessageExpiration: settings.deadLetteringOnMessageExpiration
  }
}

resource roleAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for row in access: {
    name: guid(queue.id, principals[row.who], roleIds[row.role])
    scope: queue
    properties: {
      principalId: principals[row.who]
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.why
    }
  }
]
