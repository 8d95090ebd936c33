import base64
import hashlib
import hmac
import sys
import time

MAX_AGE_SECONDS = 300


def verify_apsara(domain, timestamp, signature, key, now=None):
    """form: apsara. The domain is the ingest domain for publishes, else the host of your callback's URL."""
    expected = hashlib.md5(f"{domain}|{timestamp}|{key}".encode()).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode()) and is_fresh(timestamp, now)


def verify_webhook(webhook_id, timestamp, signature, body, key, now=None):
    """form: json (Standard Webhooks). The body as the bytes that came, before anything parses it."""
    secret = base64.b64decode(key[6:]) if key.startswith("whsec_") else key.encode()
    digest = hmac.new(secret, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    is_signed = any(hmac.compare_digest(expected, each.encode()) for each in signature.split(" "))
    return is_signed and is_fresh(timestamp, now)


def is_fresh(timestamp, now):
    return timestamp.isdecimal() and abs(float(now or time.time()) - int(timestamp)) <= MAX_AGE_SECONDS


# python3 verify.py apsara KEY DOMAIN TIMESTAMP SIGNATURE [NOW], or: webhook KEY ID TIMESTAMP SIGNATURE [NOW] < body
if __name__ == "__main__":
    form, key, first, timestamp, signature, *now = sys.argv[1:]
    if form == "apsara":
        is_right = verify_apsara(first, timestamp, signature, key, *now)
    else:
        is_right = verify_webhook(first, timestamp, signature, sys.stdin.buffer.read(), key, *now)
    print("valid" if is_right else "not valid")
