<?php

/** The URL with its auth_key: path and time are signed, host and other arguments are not. */
function signUrl(string $address, string $key, ?int $timestamp = null, string $uid = '0', string $rand = '0'): string
{
    $path = explode('?', preg_replace('~^[a-z]+://[^/]+~', '', $address))[0];
    $timestamp ??= time();
    $md5 = md5("$path-$timestamp-$rand-$uid-$key");
    return $address . (str_contains($address, '?') ? '&' : '?') . "auth_key=$timestamp-$rand-$uid-$md5";
}

// php sign.php http://play.example.com/live/demo.flv KEY [TIMESTAMP] [UID]
if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    echo signUrl(...array_slice($argv, 1)), "\n";
}
