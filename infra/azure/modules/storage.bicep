metadata description = 'A storage account without keys.'

import * as types from 'types.bicep'

@description('Name of the account.')
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags types.tags

@description('Redundancy.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS'])
param sku string

@description('Whether the account answers outside private endpoints.')
param publicNetworkAccess bool

@description('Days during which blobs can be brought back to an earlier moment.')
@minValue(1)
@maxValue(90)
param restoreDays int

@description('Locks it against being deleted.')
param keepFromDeletion bool

@description('Rows of the table of roles that concern this account: who, role, why.')
param access types.access[]

@description('Names of the identities that the roles are given to.')
param identityNames types.identities

var roleIds = loadJsonContent('../roles.json').apps

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess ? 'Allow' : 'Deny'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2026-04-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    changeFeed: { enabled: true, retentionInDays: restoreDays + 7 }
    deleteRetentionPolicy: { enabled: true, days: restoreDays + 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: restoreDays + 7 }
    restorePolicy: { enabled: true, days: restoreDays }
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2026-04-01' = {
  parent: blobs
  name: 'packages'
  properties: { publicAccess: 'None' }
}

// What can expire: earlier versions, past the days in which they can be restored. Tables expire by the app's own clean-up (Maintenance/).
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2026-04-01' = {
  parent: account
  name: 'default'
  dependsOn: [blobs]
  properties: {
    policy: {
      rules: [
        {
          name: 'earlier-versions'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'] }
            actions: {
              version: { delete: { daysAfterCreationGreaterThan: restoreDays + 7 } }
              snapshot: { delete: { daysAfterCreationGreaterThan: restoreDays + 7 } }
            }
          }
        }
      ]
    }
  }
}

resource keep 'Microsoft.Authorization/locks@2020-05-01' = if (keepFromDeletion) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Tables cannot be brought back (infra/README.md)'
  }
}

resource identities 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = [
  for row in access: {
    name: identityNames[row.who]
  }
]

resource roleAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (row, i) in access: {
    name: guid(account.id, identities[i].id, roleIds[row.role])
    scope: account
    properties: {
      principalId: identities[i].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.why
    }
  }
]

@description('Resource id, for private endpoints and alerts.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('Address of the blobs.')
output blobUri string = account.properties.primaryEndpoints.blob

@description('Address of the queues.')
output queueUri string = account.properties.primaryEndpoints.queue

@description('Address of the tables.')
output tableUri string = account.properties.primaryEndpoints.table

@description('Address of the container that an app is deployed from.')
output packagesUri string = '${account.properties.primaryEndpoints.blob}${packages.name}'
