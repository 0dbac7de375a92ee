#!/usr/bin/env bash
# The steps of a deployment, for people and for the workflow. Usage: deploy.sh sandbox|production step
#   what-if          shows what would change
#   infrastructure   deploys the Bicep files
#   package FILE     deploys a package to both apps
#   smoke            goes once through the deployed app
# RESOURCE_GROUP names the resource group; the parameter files read further variables (infra/README.md).
set -euo pipefail
here=$(dirname "$0")
parameters=$here/${1:?sandbox or production}.bicepparam
step=${2:?what-if, infrastructure, package or smoke}
group=${RESOURCE_GROUP:?name of the resource group}
deployment=partner-links

output() { az deployment group show --resource-group "$group" --name "$deployment" --query "properties.outputs.$1.value" --output tsv; }

# Name, zones and private endpoints stand in the tags. Azure changes none in place: it would fail half-way, leave one part with and another without, or put a second deployment beside the first.
refuse_other_choices() {
  local choices='privateEndpoints, zoneRedundant' deployed wanted
  deployed=$(az resource list --resource-group "$group" --resource-type Microsoft.ServiceBus/namespaces --query '[0].tags' --output json | jq -c "select(. != null) | {name: .deployment, $choices}")
  wanted=$(az bicep build-params --file "$parameters" --stdout | jq -c ".parametersJson | fromjson | .parameters | map_values(.value | tostring) | {name, $choices}")
  if [ -n "$deployed" ] && [ "$deployed" != "$wanted" ]; then
    echo "deployed is $deployed, the parameters say $wanted: that cannot be changed in place. Deploy into another resource group and move the data (infra/README.md, \"Backups and restore\")." >&2
    exit 1
  fi
}

case $step in
  what-if)
    refuse_other_choices
    # Without the check of roles, so that an identity that may only read can ask too.
    az deployment group what-if --resource-group "$group" --name "$deployment" --parameters "$parameters" --validation-level providerNoRbac
    ;;
  infrastructure)
    refuse_other_choices
    az deployment group create --resource-group "$group" --name "$deployment" --parameters "$parameters" --query properties.outputs
    ;;
  package)
    package=${3:?the package, a zip file}
    # Delivery first: it reads what the API writes.
    for name in deliveryName apiName; do
      az functionapp deployment source config-zip --resource-group "$group" --name "$(output $name)" --src "$package" --output none
    done
    ;;
  smoke)
    OPERATOR_KEY=$(az functionapp keys list --resource-group "$group" --name "$(output apiName)" --query functionKeys.default --output tsv)
    [ -z "${GITHUB_ACTIONS:-}" ] || echo "::add-mask::$OPERATOR_KEY"
    export OPERATOR_KEY
    "$here/smoke.sh" "https://$(output apiHostName)"
    ;;
  *)
    echo "unknown step '$step'" >&2
    exit 2
    ;;
esac
