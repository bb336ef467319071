"""A second implementation of RFC 7616 section 3.4, on nothing but hashlib.

Reads one JSON object per line and writes one per line: the credentials' response, the name that goes into them, and the
server's proof, null where there is none.
"""

import hashlib
import json
import sys

NEW = {
    "MD5": hashlib.md5,
    "SHA-256": hashlib.sha256,
    "SHA-512-256": lambda data: hashlib.new("sha512_256", data),
}


def compute(case):
    name = case["algorithm"]
    session = name.endswith("-sess")
    new = NEW[name.removesuffix("-sess")]

    def h(*parts):
        return new(b":".join(p if isinstance(p, bytes) else p.encode() for p in parts)).hexdigest()

    a1 = h(case["user"], case["realm"], case["password"])
    if session:
        a1 = h(a1, case["nonce"], case["cnonce"])
    qop = case["qop"]

    def response(method, body):
        a2 = [method, case["uri"]]
        if qop == "auth-int":
            a2.append(h(bytes(body)))
        middle = [] if qop is None else ["%08x" % case["nc"], case["cnonce"], qop]
        return h(a1, case["nonce"], *middle, h(*a2))

    return {
        "response": response(case["method"], case["body"]),
        "username": h(case["user"], case["realm"]) if case["userhash"] else case["user"],
        "rspauth": None if qop is None else response("", case["answer"]),
    }


for line in sys.stdin.buffer.read().decode().split("\n"):
    if line:
        print(json.dumps(compute(json.loads(line))))
