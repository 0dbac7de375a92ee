#!/usr/bin/env bash
# A round through a deployed app: a partner gets a key, makes a link, reads it, revokes it, makes an identity and reads it with signed requests, gets a webhook, and the keys are
# taken away again. It needs the tables, both queues, the key ring and, for the webhook, the app that delivers. Usage: smoke.sh https://host  (OPERATOR_KEY: a function key of the app; not needed locally)
set -euo pipefail
base=${1:?address of the app, without a slash at its end}
answer=$(mktemp)
key=
prefix=
identity_key=
bearer=
link=

call() { # method path expected-status [body]
  local status
  status=$(curl -sS --max-time 60 -o "$answer" -w '%{http_code}' -X "$1" "$base$2" -H "x-functions-key: ${OPERATOR_KEY:-}" ${key:+-H "X-API-Key: $key"} \
    ${bearer:+-H "Authorization: Bearer $bearer"} -H 'Content-Type: application/json' ${4:+-d "$4"})
  case " $3 " in
    *" $status "*) echo "$1 ${2%%\?*}: $status" ;;
    *) echo "$1 $2: $status instead of $3"; cat "$answer"; exit 1 ;;
  esac >&2
}
signed() { # the same, signed as functions/HmacAuth/README.md says
  local nonce signature
  nonce=$(date +%s%6N)
  signature=$(printf '%s\n%s\n%s' "$1" "$2" "$nonce${4:+$'\n'$4}" | openssl dgst -sha256 -hmac "$identity_secret" -r | cut -d' ' -f1)
  key='' bearer=$identity_key:$signature:$nonce call "$@"
}
value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$answer"; }
finish() {
  [ -z "$link" ] || bearer='' call PUT /partner/webhooks/endpoint 200 '{"url":null,"events":[]}' || true
  [ -z "$identity_key" ] || key='' call DELETE "/operator/partners/smoke/identity-keys/$identity_key" 200 || true
  [ -z "$prefix" ] || key='' call DELETE "/operator/partners/smoke/keys/$prefix" 200 || true
  rm -f "$answer"
}
trap finish EXIT

# A new app may take a minute to answer for the first time.
for _ in $(seq 30); do
  [ "$(curl -sS --max-time 30 -o /dev/null -w '%{http_code}' "$base/health/ready" || true)" = 200 ] && break
  sleep 10
done
call GET /health/live 200
# 503 says which of storage, queue and secrets fails.
call GET /health/ready 200
call GET /partner/me 401
call POST /operator/partners '201 409' '{"partnerId":"smoke","name":"Smoke test"}'
call POST /operator/partners/smoke/keys 201
prefix=$(value keyPrefix)
key=$(value apiKey)
partner_key=$key
call GET /partner/me 200
call POST /partner/links 201 "{\"referenceId\":\"smoke-$(date +%s)\"}"
link=$(value linkId)
[ -n "$link" ] || { echo "no linkId in the answer" >&2; exit 1; }
call GET "/partner/links/$link" 200
call POST "/partner/links/$link/revoke" 200 '{}'
# The activity shows the event only once it was committed; its follow-up needs the queue.
call GET "/partner/links/$link/activity" 200
grep -q revoked "$answer" || { echo "the activity does not tell of the revocation" >&2; exit 1; }
call POST /operator/partners/smoke/identity-keys 201
identity_key=$(value identityApiKey)
identity_secret=$(value identityApiSecret)
reference=smoke-identity-$(date +%s)
signed POST /eapi/v0/identities/basic 201 "{\"identityReference\":\"$reference\",\"givenName\":\"Smoke\"}"
signed GET "/eapi/v0/identities/$reference" 200
grep -q "\"$reference\"" "$answer" || { echo "the identity that was made is not the one that is read" >&2; exit 1; }

# A webhook. Its receiver is the first link's own address, which anybody may open: nothing outside is needed, and that the link is opened shows that the request came.
key=$partner_key
call POST /partner/links 201 "{\"referenceId\":\"smoke-receiver-$(date +%s)\"}"
link=$(value linkId)
call PUT /partner/webhooks/endpoint 200 "{\"url\":\"$base/widget/links/$link/open\",\"events\":[\"link.created\"]}"
call POST /partner/links 201 "{\"referenceId\":\"smoke-webhook-$(date +%s)\"}"
announced=$(value linkId)
for _ in $(seq 24); do
  call GET "/partner/webhooks/deliveries?linkId=$announced" 200
  ! grep -q '"status":"delivered"' "$answer" || break
  sleep 5
done
grep -q '"status":"delivered"' "$answer" || { echo "no webhook was delivered within two minutes:"; cat "$answer"; exit 1; } >&2
call GET "/partner/links/$link" 200
grep -q '"openedAt":"' "$answer" || { echo "the webhook is said to be delivered, and did not arrive:"; cat "$answer"; exit 1; } >&2
call POST "/partner/links/$link/revoke" 200 '{}'
call POST "/partner/links/$announced/revoke" 200 '{}'
echo "$base works" >&2
