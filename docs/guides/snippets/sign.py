import hashlib
import re
import sys
import time


def sign_url(address, key, timestamp=None, uid="0", rand="0"):
    """The URL with its auth_key: path and time are signed, host and other arguments are not."""
    path = re.sub(r"^[a-z]+://[^/]+", "", address).partition("?")[0]
    timestamp = timestamp or int(time.time())
    text = f"{path}-{timestamp}-{rand}-{uid}-{key}"
    md5 = hashlib.md5(text.encode()).hexdigest()
    return f"{address}{'&' if '?' in address else '?'}auth_key={timestamp}-{rand}-{uid}-{md5}"


# python3 sign.py http://play.example.com/live/demo.flv KEY [TIMESTAMP] [UID]
if __name__ == "__main__":
    print(sign_url(*sys.argv[1:]))
