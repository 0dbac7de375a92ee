using 'main.bicep'

param name = 'sandbox'
param partnerEnvironment = 'sandbox'
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param mailDomain = readEnvironmentVariable('MAIL_DOMAIN', '')
param mailDomainVerified = bool(readEnvironmentVariable('MAIL_DOMAIN_VERIFIED', 'false'))
param kycLevel = readEnvironmentVariable('KYC_LEVEL', '')
param kycProviderUrl = readEnvironmentVariable('KYC_PROVIDER_URL', '')
param identityCallsPerMinute = int(readEnvironmentVariable('IDENTITY_CALLS_PER_MINUTE', '0'))
param otlpEndpoint = readEnvironmentVariable('OTLP_ENDPOINT', '')
param otlpHeadersInVault = readEnvironmentVariable('OTLP_HEADERS_IN_VAULT', '')
param zoneRedundant = false
param privateEndpoints = false
// For each function group. A region gives a subscription 250 cores in all: these and production's must fit in.
param apiMaximumInstances = 20
param deliveryMaximumInstances = 10
param developerAccess = bool(readEnvironmentVariable('DEVELOPER_ACCESS', 'false'))
param keepFromDeletion = bool(readEnvironmentVariable('KEEP_FROM_DELETION', 'false'))
param monthlyBudget = 150
param budgetStart = readEnvironmentVariable('BUDGET_START')
param alertMailTo = [readEnvironmentVariable('ALERT_MAIL_TO')]
