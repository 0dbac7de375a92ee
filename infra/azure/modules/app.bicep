metadata description = 'A function app on a Flex Consumption plan of its own (such a plan holds one app), with every setting that its host and its code read.'

import * as types from 'types.bicep'

@description('Name of the app; its first 32 characters must be unique, because the host derives its id from them.')
@maxLength(32)
param name string

@description('Region.')
param location string

@description('Tags of every resource; azd finds the app by its own.')
param tags types.tags

@description('Resource id of the identity.')
param identityId string

@description('Client id of the identity.')
param identityClientId string

@description('The subnet that the app calls out from.')
param subnetId string

@description('Container that the app is deployed from.')
param packagesUri string

@description('What the code reads.')
param codeSettings types.settings

@description('Blobs of the host: locks and keys.')
param blobUri string

@description('Queues of the host: the task hub.')
param queueUri string

@description('Tables of the code, the host and the task hub.')
param tableUri string

@description('Host name of the Service Bus namespace.')
param serviceBusHostName string

@description('Where telemetry goes.')
param insightsConnectionString string

@description('Host settings of this app alone: what differs from host.json.')
param hostSettings types.settings

@description('Functions of the package that this app does not run.')
param disabledFunctions string[]

@description('Address in links; empty: the host name that Azure gives.')
param publicBaseUrl string

@description('Sends the log of the host to the workspace, past Application Insights.')
param hostLogs bool

@description('The workspace.')
param workspaceId string

@description('Spreads the instances over the zones of the region.')
param zoneRedundant bool

@description('Memory of an instance.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('Most instances on demand of a function group. Fewer than 40 work only where the region offers them.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances that never stop, by function group: name (http, durable or function:<name>) and instanceCount.')
param alwaysReady types.alwaysReady

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: subnetId
    // Without it a reference to the vault is asked for with an identity of the system, which there is not.
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packagesUri
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      // All instances stop before the new code starts: an orchestration that newer code has carried on cannot be replayed by older code.
      #disable-next-line BCP037 // documented for this version of the API, and missing in its published types
      siteUpdateStrategy: { type: 'Recreate' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      http20Enabled: true
      // The delivering app runs no function that answers HTTP, and is open all the same: its own host calls it from outside to register its trigger.
      ipSecurityRestrictionsDefaultAction: 'Allow'
      // Packages arrive here, from identities with a role on the app only.
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
      scmIpSecurityRestrictionsUseMain: false
    }
  }
}

resource ftpPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource scmPublishing 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

var baseUrl = empty(publicBaseUrl) ? 'https://${app.properties.defaultHostName}' : publicBaseUrl

var connectionSettings = {
  AZURE_CLIENT_ID: identityClientId
  AzureWebJobsStorage__blobServiceUri: blobUri
  AzureWebJobsStorage__queueServiceUri: queueUri
  AzureWebJobsStorage__tableServiceUri: tableUri
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  ServiceBusConnection__fullyQualifiedNamespace: serviceBusHostName
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PublicBaseUrl: baseUrl
  // 12 MB: more than the largest body that the code takes (documents, 10 MB). The host buffers a body and parses it before
  // any code sees it; its own limit of 100 MB would let a few callers fill an instance.
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '12582912'
  OTEL_SERVICE_NAME: name
}

resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(
    connectionSettings,
    codeSettings,
    hostSettings,
    toObject(disabledFunctions, function => 'AzureWebJobs.${function}.Disabled', function => 'true')
  )
}

resource log 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (hostLogs) {
  name: 'host'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'FunctionAppLogs', enabled: true }]
  }
}

@description('Name of the app.')
output name string = app.name

@description('Address in links.')
output publicBaseUrl string = baseUrl

@description('The host name that Azure gives, for the smoke test.')
output hostName string = app.properties.defaultHostName
