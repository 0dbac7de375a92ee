metadata description = 'Log Analytics and Application Insights; both take data and queries from identities only.'

import * as types from 'types.bicep'

@description('Suffix of the resource names.')
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags types.tags

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Gigabytes a day after which nothing more is taken in, so that a fault cannot cost without limit; -1: no limit.')
param dailyGigabytes int

@description('Rows of the table of roles that concern telemetry: who, role, why.')
param access types.access[]

@description('Names of the identities that the roles are given to.')
param identityNames types.identities

var roleIds = loadJsonContent('../roles.json').apps

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyGigabytes }
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${name}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
    DisableIpMasking: false
  }
}

resource identities 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = [
  for row in access: {
    name: identityNames[row.who]
  }
]

resource roleAssignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (row, i) in access: {
    name: guid(insights.id, identities[i].id, roleIds[row.role])
    scope: insights
    properties: {
      principalId: identities[i].properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleIds[row.role])
      description: row.why
    }
  }
]

@description('The workspace, for alerts and audit logs.')
output workspaceId string = workspace.id

@description('Name of the workspace.')
output workspaceName string = workspace.name

@description('Where telemetry goes. It opens nothing without an identity.')
output connectionString string = insights.properties.ConnectionString

@description('Resource id of Application Insights, for the test from outside.')
output insightsId string = insights.id
