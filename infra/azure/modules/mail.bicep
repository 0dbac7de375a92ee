metadata description = 'E-mail for one-time codes: Communication Services without keys.'

import * as types from 'types.bicep'

@description('Suffix of the resource names.')
param name string

@description('Tags of every resource.')
param tags types.tags

@description('Where mails rest, for example Europe or United States.')
param dataLocation string

@description('The domain that mails come from; empty: one that Azure gives, which may send only a few mails an hour.')
param domainName string

@description('True once the records of the own domain stand in DNS and Azure has verified them: an unverified domain cannot be linked.')
param domainVerified bool

@description('Rows of the table of roles that concern e-mail: who, role, why.')
param access types.access[]

@description('Names of the identities that the roles are given to.')
param identityNames types.identities

var roleIds = loadJsonContent('../roles.json').apps

resource email 'Microsoft.Communication/emailServices@2026-03-18' = {
  name: 'mail-${name}'
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource domain 'Microsoft.Communication/emailServices/domains@2026-03-18' = {
  parent: email
  name: empty(domainName) ? 'AzureManagedDomain' : domainName
  location: 'global'
  tags: tags
  properties: {
    domainManagement: empty(domainName) ? 'AzureManaged' : 'CustomerManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource communication 'Microsoft.Communication/communicationServices@2026-03-18' = {
  name: 'acs-${name}'
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: empty(domainName) || domainVerified ? [domain.id] : []
  }
}

resource identities 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = [
  for row in access: {
    name: identityNames[row.who]
  }
]

resource roleAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (row, i) in access: {
    name: guid(communication.id, identities[i].id, roleIds[row.role])
    scope: communication
    properties: {
      principalId: identities[i].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.why
    }
  }
]

@description('Address of the service that sends.')
output endpoint string = 'https://${communication.properties.hostName}'

@description('Address that mails come from.')
output from string = 'DoNotReply@${domain.properties.fromSenderDomain}'

@description('Records that an own domain needs in DNS; a domain that Azure gives may have none.')
output dnsRecords types.records = domain.properties.?verificationRecords ?? {}
