using 'main.bicep'

param name = 'prod'
param partnerEnvironment = 'production'
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param mailDomain = readEnvironmentVariable('MAIL_DOMAIN', '')
param mailDomainVerified = bool(readEnvironmentVariable('MAIL_DOMAIN_VERIFIED', 'false'))
param kycLevel = readEnvironmentVariable('KYC_LEVEL', '')
param kycProviderUrl = readEnvironmentVariable('KYC_PROVIDER_URL', '')
param identityCallsPerMinute = int(readEnvironmentVariable('IDENTITY_CALLS_PER_MINUTE', '0'))
param otlpEndpoint = readEnvironmentVariable('OTLP_ENDPOINT', '')
param otlpHeadersInVault = readEnvironmentVariable('OTLP_HEADERS_IN_VAULT', '')
param zoneRedundant = true
param privateEndpoints = true
param httpAlwaysReady = 2
param durableAlwaysReady = 2
param hostLogs = false
param keepFromDeletion = bool(readEnvironmentVariable('KEEP_FROM_DELETION', 'false'))
param restoreDays = 30
param logRetentionDays = 90
param logDailyGigabytes = 20
param monthlyBudget = 1500
param budgetStart = readEnvironmentVariable('BUDGET_START')
param alertMailTo = [readEnvironmentVariable('ALERT_MAIL_TO')]
