"""The contract between host and guest: words, protocol number, job and answer.

Of the guest, the host imports this module and `select`, nothing else. Job (JSON, one object):

    {"protocol": 1, "cell": "py3.12-httpx-0.27.2", "client": "httpx",
     "peer": {"host": "127.0.0.1", "port": 8080, "tls_port": 8443,
              "ports": {"proxy": 8081, ...}},       (the further ones by name: `PEER_PORTS`)
     "cases": {"paths": ["cases"], "select": ["session*"]},     (paths: below the code folder)
     "limits": {"case_seconds": 20.0, "late_seconds": 1.4, "jobs": 16, "peer_seconds": 20.0},
     "answer": "/job/answer/answer.jsonl", "scratch": "/tmp"}

Answer (JSON lines), in this order; a missing footer means cut short:

    {"record": "header", "protocol": 1, "python": "3.12.1", "implementation": "CPython",
     "platform": "..."}
    {"record": "case", "order": 12, ...}      one for each case, as they finish; `order` is the
                                 row's; the other fields: see `matrix.model.CaseRecord`
    {"record": "unavailable", "status": "import error" | "invalid" | "usage", "reason": "..."}
                                 none or one: why nothing (else) is to be believed
    {"record": "footer", "cases": 18}
"""

PROTOCOL = 1

# The ladder, in order: each word is a moment at which what is left is counted.
RUNGS = ("returned", "late", "refcount", "gc", "loop", "held")

# The verdict is the first rung at which everything is gone, under its own word.
VERDICTS = ("clean", "late", "refcount", "gc", "loop", "held")

CONTRACTS = ("guarantee", "hazard", "control")
CASE_STATUSES = ("answered", "unsupported", "error", "timeout", "oom", "crashed")

# A guarantee passes with one of these.
PASSING = ("clean", "late")

# Where the peer's further ports are in a container of its own; anywhere else they are any.
PEER_PORTS = {
    "proxy": 8081,
    "proxy_refusing": 8082,
    "silent": 8083,
    "tls_stall": 8444,
    "tls_wrong_name": 8445,
    "tls_untrusted": 8446,
    "full": 8085,
}

# How the sentence among the sensors begins that says the detector itself disturbs.
DISTURBED = "instrumented: "

UNAVAILABLE = ("import error", "invalid", "usage")

MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_TEXT = 4000
