metadata description = 'Virtual network: a subnet for each app, one for private endpoints, and one public address for everything that leaves.'

import * as types from 'types.bicep'

@description('Suffix of the resource names.')
param name string

@description('Region.')
param location string

@description('Tags of every resource.')
param tags types.tags

@description('First two numbers of the network, as in 10.20; peered networks must not overlap.')
param addressPrefix string

@description('Spreads the public address over the zones of the region.')
param zoneRedundant bool

// /26 for each app: Flex Consumption takes addresses as it scales, and a subnet cannot be resized while it is in use.
var apiRange = '${addressPrefix}.0.0/26'
var deliveryRange = '${addressPrefix}.0.64/26'
var endpointRange = '${addressPrefix}.0.128/27'

// What an app may reach: its private endpoints, the web and Service Bus. Everything private besides is refused, whatever a partner's URL resolves to; the app refuses it
// too, where it connects (Outbound/NetworkRanges.cs). Names are resolved by Azure's own server, which these rules do not touch.
var outboundRules = [
  { name: 'private-endpoints', access: 'Allow', to: [endpointRange], ports: ['443', '5671'] }
  {
    name: 'no-private-ranges'
    access: 'Deny'
    to: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']
    ports: ['*']
  }
  { name: 'web', access: 'Allow', to: ['Internet'], ports: ['443', '8443'] }
  { name: 'service-bus', access: 'Allow', to: ['ServiceBus'], ports: ['5671'] }
  { name: 'nothing-else', access: 'Deny', to: ['*'], ports: ['*'] }
]

resource outbound 'Microsoft.Network/networkSecurityGroups@2025-09-01' = {
  name: 'nsg-${name}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      for (rule, i) in outboundRules: {
        name: rule.name
        properties: {
          direction: 'Outbound'
          priority: 100 + 10 * i
          access: rule.access
          protocol: rule.access == 'Allow' ? 'Tcp' : '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: length(rule.to) == 1 ? rule.to[0] : null
          destinationAddressPrefixes: length(rule.to) == 1 ? [] : rule.to
          destinationPortRange: length(rule.ports) == 1 ? rule.ports[0] : null
          destinationPortRanges: length(rule.ports) == 1 ? [] : rule.ports
        }
      }
    ]
  }
}

resource address 'Microsoft.Network/publicIPAddresses@2025-09-01' = {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Regional' }
  zones: zoneRedundant ? ['1', '2', '3'] : []
  properties: {
    publicIPAllocationMethod: 'Static'
    publicIPAddressVersion: 'IPv4'
  }
}

resource nat 'Microsoft.Network/natGateways@2025-09-01' = {
  name: 'nat-${name}'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    idleTimeoutInMinutes: 4
    publicIpAddresses: [{ id: address.id }]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2025-09-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['${addressPrefix}.0.0/24'] }
    subnets: [
      {
        name: 'api'
        properties: {
          addressPrefix: apiRange
          delegations: [{ name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }]
          natGateway: { id: nat.id }
          networkSecurityGroup: { id: outbound.id }
          defaultOutboundAccess: false
        }
      }
      {
        name: 'delivery'
        properties: {
          addressPrefix: deliveryRange
          delegations: [{ name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }]
          natGateway: { id: nat.id }
          networkSecurityGroup: { id: outbound.id }
          defaultOutboundAccess: false
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointRange
          privateEndpointNetworkPolicies: 'Enabled'
          defaultOutboundAccess: false
        }
      }
    ]
  }
}

resource apiSubnet 'Microsoft.Network/virtualNetworks/subnets@2025-09-01' existing = {
  parent: network
  name: 'api'
}

resource deliverySubnet 'Microsoft.Network/virtualNetworks/subnets@2025-09-01' existing = {
  parent: network
  name: 'delivery'
}

resource endpointSubnet 'Microsoft.Network/virtualNetworks/subnets@2025-09-01' existing = {
  parent: network
  name: 'endpoints'
}

@description('The network, for private DNS.')
output networkId string = network.id

@description('Subnet of the API.')
output apiSubnetId string = apiSubnet.id

@description('Subnet of webhook delivery.')
output deliverySubnetId string = deliverySubnet.id

@description('Subnet of the private endpoints.')
output endpointSubnetId string = endpointSubnet.id

@description('The address that partners see and can allow.')
output egressAddress string = address.properties.ipAddress
