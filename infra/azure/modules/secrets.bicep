metadata description = 'Key Vault with roles instead of access policies. The secrets themselves are stored by an operator (infra/README.md), never by a deployment.'

import * as types from 'types.bicep'

@description('Name of the vault.')
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags types.tags

@description('Whether the vault answers outside private endpoints.')
param publicNetworkAccess bool

@description('Where the record of who read what goes.')
param workspaceId string

@description('Locks it against being deleted.')
param keepFromDeletion bool

@description('Rows of the table of roles that concern the vault: who, role, why.')
param access types.access[]

@description('Names of the identities that the roles are given to.')
param identityNames types.identities

var roleIds = loadJsonContent('../roles.json').apps

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    enabledForTemplateDeployment: false
    publicNetworkAccess: publicNetworkAccess ? 'enabled' : 'disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess ? 'Allow' : 'Deny'
    }
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

resource keep 'Microsoft.Authorization/locks@2020-05-01' = if (keepFromDeletion) {
  name: 'keep'
  scope: vault
  properties: {
    level: 'CanNotDelete'
    notes: 'Without the key ring no data can be read (infra/README.md)'
  }
}

resource identities 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = [
  for row in access: {
    name: identityNames[row.who]
  }
]

resource roleAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (row, i) in access: {
    name: guid(vault.id, identities[i].id, roleIds[row.role])
    scope: vault
    properties: {
      principalId: identities[i].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.why
    }
  }
]

@description('Resource id, for private endpoints.')
output id string = vault.id

@description('Name of the vault.')
output name string = vault.name

@description('Address of the vault.')
output uri string = vault.properties.vaultUri
