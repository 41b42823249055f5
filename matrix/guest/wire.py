"""The contract between host and guest: words, protocol number, job and answer.

The only module of the guest that the host imports. Job (JSON, one object):

    {"protocol": 1, "cell": "py3.12-httpx-0.27.2", "client": "httpx",
     "peer": {"host": "127.0.0.1", "port": 8080, "tls_port": 8443},
     "cases": {"paths": [...], "select": ["session*"]},
     "limits": {"case_seconds": 20.0, "jobs": 8},
     "answer": "/job/answer/answer.jsonl", "scratch": "/tmp"}

Answer (JSON lines), in this order; a missing footer means cut short:

    {"record": "header", "protocol": 1, "python": "3.12.1", "implementation": "CPython",
     "platform": "..."}
    {"record": "unavailable", "status": "import error" | "invalid", "reason": "..."}   (0 or 1)
    {"record": "case", ...}      one for each case; fields: see `matrix.model.CaseRecord`
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

MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_TEXT = 4000
