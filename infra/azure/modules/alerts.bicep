metadata description = 'Who is told, and about what; the budget of the resource group.'

import * as types from 'types.bicep'

@description('Suffix of the resource names.')
param name string

@description('Region of the rules that query logs.')
param location string

@description('Tags of every resource.')
param tags types.tags

@description('Addresses that alerts and the budget are mailed to.')
@minLength(1)
param mailTo types.mailAddress[]

@description('The workspace that is queried.')
param workspaceId string

@description('Application Insights, which runs the test from outside.')
param insightsId string

@description('Address of the API as partners know it, which the test asks: with it the name and its certificate are tested.')
param apiAddress string

@description('Names of the queues.')
param queues string[]

@description('Resource id of the Service Bus namespace.')
param serviceBusId string

@description('Names of the storage accounts.')
param storageAccounts string[]

@description('Name of the app that answers requests.')
param apiName string

@description('Name of the app that delivers webhooks.')
param deliveryName string

@description('What a month may cost, in the currency of the subscription.')
param monthlyBudget int

@description('First day of the month in which the budget starts, as 2026-12-01; it cannot be changed later.')
param budgetStart string

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    emailReceivers: [
      for address in mailTo: {
        name: address
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
  }
}

var queueAlerts = [
  {
    name: 'dead-letters'
    description: 'A message could not be handled for about 16 hours, or expired. Look at it, repair the cause, send it again (infra/README.md).'
    metric: 'DeadletteredMessages'
    aggregation: 'Maximum'
    above: 0
    severity: 1
    queues: ['events', 'webhooks']
  }
  {
    name: 'events-waiting'
    description: 'Events wait to be followed up: orchestrations start late and webhooks are not queued.'
    metric: 'ActiveMessages'
    aggregation: 'Average'
    above: 1000
    severity: 2
    queues: ['events']
  }
  {
    name: 'webhooks-waiting'
    description: 'Webhooks wait to be delivered, perhaps because the delivering app does not run. Scheduled retries do not count.'
    metric: 'ActiveMessages'
    aggregation: 'Average'
    above: 1000
    severity: 2
    queues: ['webhooks']
  }
  {
    name: 'queues-filling'
    description: 'The queues hold four of the five gigabytes that one takes; a full one refuses what partners are to be told.'
    metric: 'Size'
    aggregation: 'Maximum'
    above: 4294967296
    severity: 1
    queues: ['events', 'webhooks']
  }
]

resource queueRules 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for alert in queueAlerts: {
    name: '${alert.name}-${name}'
    location: 'global'
    tags: tags
    properties: {
      description: alert.description
      enabled: true
      severity: alert.severity
      scopes: [serviceBusId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: alert.name
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            metricName: alert.metric
            timeAggregation: alert.aggregation
            operator: 'GreaterThan'
            threshold: alert.above
            dimensions: [{ name: 'EntityName', operator: 'Include', values: alert.queues }]
          }
        ]
      }
      actions: [{ actionGroupId: people.id }]
    }
  }
]

// Messages that wait and are never completed: the app does not run, its trigger is not registered, or it may not receive.
resource standingQueues 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for queue in queues: {
    name: '${queue}-standing-${name}'
    location: 'global'
    tags: tags
    properties: {
      description: 'For half an hour messages waited in the queue and none was completed.'
      enabled: true
      severity: 1
      scopes: [serviceBusId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT30M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'waiting'
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            metricName: 'ActiveMessages'
            timeAggregation: 'Minimum'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: [{ name: 'EntityName', operator: 'Include', values: [queue] }]
          }
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'completed'
            metricNamespace: 'Microsoft.ServiceBus/namespaces'
            metricName: 'CompleteMessage'
            timeAggregation: 'Total'
            operator: 'LessThan'
            threshold: 1
            dimensions: [{ name: 'EntityName', operator: 'Include', values: [queue] }]
          }
        ]
      }
      actions: [{ actionGroupId: people.id }]
    }
  }
]

resource serviceBusThrottled 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'service-bus-throttled-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Service Bus turns requests away: more messaging units, or the premium tier.'
    enabled: true
    severity: 2
    scopes: [serviceBusId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'throttled'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'ThrottledRequests'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 10
        }
      ]
    }
    actions: [{ actionGroupId: people.id }]
  }
}

resource storageThrottled 'Microsoft.Insights/metricAlerts@2026-01-01' = [
  for account in storageAccounts: {
    name: 'storage-throttled-${account}'
    location: 'global'
    tags: tags
    properties: {
      description: 'Storage turns requests away: 20,000 a second for the account, 2,000 for one partition.'
      enabled: true
      severity: 2
      scopes: [resourceId('Microsoft.Storage/storageAccounts', account)]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'throttled'
            metricNamespace: 'Microsoft.Storage/storageAccounts'
            metricName: 'Transactions'
            timeAggregation: 'Total'
            operator: 'GreaterThan'
            threshold: 10
            dimensions: [
              {
                name: 'ResponseType'
                operator: 'Include'
                values: [
                  'ServerBusyError'
                  'ClientThrottlingError'
                  'ClientAccountRequestThrottlingError'
                  'ClientAccountBandwidthThrottlingError'
                ]
              }
            ]
          }
        ]
      }
      actions: [{ actionGroupId: people.id }]
    }
  }
]

// Nothing inside can tell that nobody gets in: no instance starts, the name or the certificate is gone, a region is cut off.
resource probe 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'ready-${name}'
  location: location
  // Azure finds the component by this tag.
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'ready-${name}'
    Name: 'ready'
    Description: 'Asks whether the API is ready, as a partner would reach it.'
    Enabled: true
    Kind: 'standard'
    Frequency: 300
    // The first answer of an app that has gone to rest takes a while.
    Timeout: 60
    RetryEnabled: true
    Locations: [
      { Id: 'emea-nl-ams-azr' }
      { Id: 'emea-gb-db3-azr' }
      { Id: 'us-va-ash-azr' }
    ]
    Request: {
      RequestUrl: '${apiAddress}/health/ready'
      HttpVerb: 'GET'
      ParseDependentRequests: false
      FollowRedirects: false
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 14
    }
  }
}

resource unreachable 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'unreachable-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'From two of three places in the world /health/ready does not answer 200, or its certificate ends within 14 days.'
    enabled: true
    severity: 0
    scopes: [probe.id, insightsId]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: probe.id
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: [{ actionGroupId: people.id }]
  }
}

// Metrics come from the code itself, unsampled and once a minute; only what no metric tells is looked for in lines.
var queryAlerts = [
  {
    name: 'server-errors'
    description: 'More than one request in a hundred was answered with 5xx.'
    severity: 1
    query: '''
AppMetrics
| where AppRoleName =~ 'API_NAME' and Name == 'serverless.http.request.duration'
| summarize total = sum(ItemCount), failed = sumif(ItemCount, Properties['http.response.status_class'] == '5xx')
| where failed > 5 and failed * 100 > total
'''
  }
  {
    name: 'failed-orchestrations'
    description: 'An orchestration ended as failed: a link, data request, verification, payout or replay stands still.'
    severity: 1
    query: '''
AppTraces
| where AppRoleName =~ 'API_NAME'
| where tostring(Properties.Category) == 'Host.Triggers.DurableTask'
| where tostring(Properties.prop__functionType) == 'Orchestrator' and tostring(Properties.prop__state) == 'Failed'
| where tobool(Properties.prop__isReplay) != true
'''
  }
  {
    name: 'overdue-orchestrations'
    description: 'An orchestration has run for more than eight days: it waits for what never comes, and no other alert sees it.'
    severity: 2
    query: '''
AppTraces
| where AppRoleName =~ 'API_NAME' and Message startswith 'Orchestration ' and Message has 'has run since'
'''
  }
  {
    name: 'chores-failed'
    description: 'A nightly chore failed: something is not deleted, purged or looked for. It is done again the night after.'
    severity: 3
    query: '''
AppTraces
| where AppRoleName =~ 'API_NAME' and Message startswith 'The nightly chore '
'''
  }
  {
    name: 'webhook-age'
    description: 'Webhooks started more than ten minutes after they were due.'
    severity: 2
    query: '''
AppMetrics
| where AppRoleName =~ 'DELIVERY_NAME' and Name == 'serverless.webhook.backlog.age' and Max > 600
'''
  }
  {
    name: 'webhooks-failed'
    description: 'Webhooks were given up after their last attempt: tell the partners; they can replay them.'
    severity: 3
    query: '''
AppMetrics
| where AppRoleName =~ 'DELIVERY_NAME' and Name == 'serverless.webhook.deliveries' and Properties['status'] == 'failed'
| summarize failed = sum(Sum)
| where failed > 20
'''
  }
  {
    name: 'not-ready'
    description: 'Whoever probes /health/ready was told that storage, the queue or the vault does not answer.'
    severity: 1
    query: '''
AppMetrics
| where AppRoleName =~ 'API_NAME' and Name == 'serverless.http.request.duration'
| where Properties['http.route'] == '/health/ready' and Properties['http.response.status_class'] == '5xx'
'''
  }
  {
    name: 'telemetry-capped'
    description: 'The daily limit of telemetry is reached: until tomorrow the alerts that query it see nothing. Those on metrics of Azure and the test from outside go on.'
    severity: 1
    query: '''
_LogOperation
| where Category =~ 'Ingestion' and Detail contains 'OverQuota'
'''
  }
  {
    name: 'calls-refused'
    description: 'More than one call in ten was answered with 429: a partner is at its limit, or the limit is too low.'
    severity: 3
    query: '''
AppMetrics
| where AppRoleName =~ 'API_NAME'
| summarize
    total = sumif(ItemCount, Name == 'serverless.http.request.duration'),
    refused = sumif(Sum, Name == 'serverless.rate_limit.refused')
| where refused > 100 and refused * 10 > total
'''
  }
]

resource queryRules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for alert in queryAlerts: {
    name: '${alert.name}-${name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: alert.name
      description: alert.description
      enabled: true
      severity: alert.severity
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      // The tables of a new workspace appear with the first telemetry.
      skipQueryValidation: true
      autoMitigate: true
      criteria: {
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            query: replace(replace(alert.query, 'API_NAME', apiName), 'DELIVERY_NAME', deliveryName)
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [people.id] }
    }
  }
]

resource budget 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: 'budget-${name}'
  properties: {
    category: 'Cost'
    amount: monthlyBudget
    timeGrain: 'Monthly'
    timePeriod: { startDate: '${budgetStart}T00:00:00Z' }
    notifications: {
      spent80: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: mailTo
        contactGroups: [people.id]
      }
      forecast100: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: mailTo
        contactGroups: [people.id]
      }
    }
  }
}
