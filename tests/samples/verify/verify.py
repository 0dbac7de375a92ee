# Verifies a webhook by hand: WEBHOOK_SECRET=whsec_… python3 verify.py standard|m2m 'name: value' … < body
# Ends with 0 for a genuine, fresh webhook, else with 1 and the reason. Several secrets, separated by spaces: any of them may have signed it.
import base64
import hashlib
import hmac
import os
import re
import sys
import time

TOLERANCE_IN_SECONDS = 5 * 60


def problem_of(scheme, secrets, headers, body, now=None):
    """What is wrong with the webhook, or None. `body` are the raw bytes, `headers` have lower-case names."""
    timestamp = headers.get("x-m2m-timestamp" if scheme == "m2m" else "webhook-timestamp", "")
    now = time.time() if now is None else now
    if not re.fullmatch("[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > TOLERANCE_IN_SECONDS:
        return "the timestamp is missing or too far from now"
    signed = signed_by_m2m if scheme == "m2m" else signed_by_standard
    return None if any(signed(secret, headers, timestamp, body) for secret in secrets) else "the signature does not match"


def signed_by_m2m(secret, headers, timestamp, body):
    """X-M2M-Signature: sha256=<hex of HMAC(the whole secret as text, "timestamp.body")>."""
    expected = "sha256=" + hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return same(expected, headers.get("x-m2m-signature", ""))


def signed_by_standard(secret, headers, timestamp, body):
    """webhook-signature: v1,<base64 of HMAC(the decoded secret, "id.timestamp.body")>, during a rotation two of them."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any([same(expected, sent) for sent in headers.get("webhook-signature", "").split(" ")])


def same(expected, sent):
    return hmac.compare_digest(expected.encode(), sent.encode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    if sys.argv[1:2] not in (["standard"], ["m2m"]):
        sys.exit("Usage: WEBHOOK_SECRET=whsec_… python3 verify.py standard|m2m 'name: value' … < body")
    named = (line.partition(":") for line in sys.argv[2:])
    problem = problem_of(
        sys.argv[1],
        os.environ.get("WEBHOOK_SECRET", "").split(),
        {name.lower(): value.strip() for name, _, value in named},
        sys.stdin.buffer.read(),
    )
    sys.exit(problem)  # None: 0; a text: 1, and it is printed
