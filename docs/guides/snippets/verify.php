<?php

const MAX_AGE_SECONDS = 300;

/** form: apsara. The domain is the ingest domain for publishes, else the host of your callback's URL. */
function verifyApsara(string $domain, string $timestamp, string $signature, string $key, ?int $now = null): bool
{
    return hash_equals(md5("$domain|$timestamp|$key"), $signature) && isFresh($timestamp, $now);
}

/** form: json (Standard Webhooks). The body as it came: file_get_contents('php://input'). */
function verifyWebhook(string $id, string $timestamp, string $signature, string $body, string $key, ?int $now = null): bool
{
    $secret = str_starts_with($key, 'whsec_') ? base64_decode(substr($key, 6)) : $key;
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $secret, true));
    $matching = array_filter(explode(' ', $signature), fn ($each) => hash_equals($expected, $each));
    return $matching !== [] && isFresh($timestamp, $now);
}

function isFresh(string $timestamp, ?int $now): bool
{
    return ctype_digit($timestamp) && abs(($now ?? time()) - (int) $timestamp) <= MAX_AGE_SECONDS;
}

// php verify.php apsara KEY DOMAIN TIMESTAMP SIGNATURE [NOW], or: webhook KEY ID TIMESTAMP SIGNATURE [NOW] < body
if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    [, $form, $key, $first, $timestamp, $signature] = $argv;
    $now = $argv[6] ?? null;
    $isRight = $form === 'apsara'
        ? verifyApsara($first, $timestamp, $signature, $key, $now)
        : verifyWebhook($first, $timestamp, $signature, file_get_contents('php://stdin'), $key, $now);
    echo $isRight ? "valid\n" : "not valid\n";
}
