metadata description = 'What whoever deploys a sandbox by hand needs besides: stores the secrets, looks at rows and messages. The workflow may not assign these roles, and production never does.'

@description('The account with the tables.')
param stateAccountName string

@description('The namespace with the queues.')
param serviceBusName string

@description('The vault.')
param vaultName string

var roleIds = loadJsonContent('../roles.json').developer
var who = deployer().objectId

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: stateAccountName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: serviceBusName
}

resource vault 'Microsoft.KeyVault/vaults@2026-02-01' existing = {
  name: vaultName
}

resource rows 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, who, roleIds['Storage Table Data Contributor'])
  scope: account
  properties: {
    principalId: who
    principalType: 'User'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds['Storage Table Data Contributor']
    )
    description: 'Looks at the tables of a sandbox, exports and restores them'
  }
}

resource messages 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(namespace.id, who, roleIds['Azure Service Bus Data Owner'])
  scope: namespace
  properties: {
    principalId: who
    principalType: 'User'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds['Azure Service Bus Data Owner']
    )
    description: 'Looks at the messages of a sandbox and sends dead letters again'
  }
}

resource secrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, who, roleIds['Key Vault Secrets Officer'])
  scope: vault
  properties: {
    principalId: who
    principalType: 'User'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roleIds['Key Vault Secrets Officer']
    )
    description: 'Stores the secrets of a sandbox'
  }
}
