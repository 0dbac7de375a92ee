<?php
// Verifies a webhook by hand: WEBHOOK_SECRET=whsec_… php verify.php standard|m2m 'name: value' … < body
// Ends with 0 for a genuine, fresh webhook, else with 1 and the reason. Several secrets, separated by spaces: any of them may have signed it.
declare(strict_types=1);

const TOLERANCE_IN_SECONDS = 5 * 60;

/** What is wrong with the webhook, or null. $body are the raw bytes (php://input), $headers have lower-case names. */
function problemOf(string $scheme, array $secrets, array $headers, string $body, int $now): ?string
{
    $timestamp = $headers[$scheme === 'm2m' ? 'x-m2m-timestamp' : 'webhook-timestamp'] ?? '';
    if (!preg_match('/^\d{1,12}\z/', $timestamp) || abs($now - (int) $timestamp) > TOLERANCE_IN_SECONDS) {
        return 'the timestamp is missing or too far from now';
    }
    foreach ($secrets as $secret) {
        if ($scheme === 'm2m' ? signedByM2m($secret, $headers, $timestamp, $body) : signedByStandard($secret, $headers, $timestamp, $body)) {
            return null;
        }
    }
    return 'the signature does not match';
}

/** X-M2M-Signature: sha256=<hex of HMAC(the whole secret as text, "timestamp.body")>. */
function signedByM2m(string $secret, array $headers, string $timestamp, string $body): bool
{
    return hash_equals('sha256=' . hash_hmac('sha256', "$timestamp.$body", $secret), $headers['x-m2m-signature'] ?? '');
}

/** webhook-signature: v1,<base64 of HMAC(the decoded secret, "id.timestamp.body")>, during a rotation two of them. */
function signedByStandard(string $secret, array $headers, string $timestamp, string $body): bool
{
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    if ($key === false) {
        return false;
    }
    $id = $headers['webhook-id'] ?? '';
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $sent) {
        if (hash_equals($expected, $sent)) {
            return true;
        }
    }
    return false;
}

if (!in_array($argv[1] ?? '', ['standard', 'm2m'], true)) {
    fwrite(STDERR, "Usage: WEBHOOK_SECRET=whsec_… php verify.php standard|m2m 'name: value' … < body\n");
    exit(1);
}
$headers = [];
foreach (array_slice($argv, 2) as $line) {
    [$name, $value] = explode(':', $line, 2) + [1 => ''];
    $headers[strtolower($name)] = trim($value);
}
$secrets = array_filter(explode(' ', (string) getenv('WEBHOOK_SECRET')));
$problem = problemOf($argv[1], $secrets, $headers, stream_get_contents(STDIN), time());
if ($problem !== null) {
    fwrite(STDERR, "$problem\n");
}
exit($problem === null ? 0 : 1);
