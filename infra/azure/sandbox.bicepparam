using 'main.bicep'

param name = 'sandbox'
param partnerEnvironment = 'sandbox'
param zoneRedundant = false
param privateEndpoints = false
param monthlyBudget = 150
param budgetStart = readEnvironmentVariable('BUDGET_START')
param alertMailTo = [readEnvironmentVariable('ALERT_MAIL_TO')]
