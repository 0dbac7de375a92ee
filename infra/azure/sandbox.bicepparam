using 'main.bicep'

param name = 'sandbox'
param partnerEnvironment = 'sandbox'
param publicBaseUrl = readEnvironmentVariable('PUBLIC_BASE_URL', '')
param kycLevel = readEnvironmentVariable('KYC_LEVEL', '')
param kycProviderUrl = readEnvironmentVariable('KYC_PROVIDER_URL', '')
param otlpEndpoint = readEnvironmentVariable('OTLP_ENDPOINT', '')
param zoneRedundant = false
param privateEndpoints = false
param monthlyBudget = 150
param budgetStart = readEnvironmentVariable('BUDGET_START')
param alertMailTo = [readEnvironmentVariable('ALERT_MAIL_TO')]
