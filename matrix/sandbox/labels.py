"""The labels on everything that we make in an engine: how it is found again, and removed."""

OURS = "leakmatrix"


def labels(**more: str) -> dict[str, str]:
    """`{"leakmatrix": "1", "leakmatrix.run": ..., ...}`."""
    return {OURS: "1"} | {f"{OURS}.{key}": value for key, value in more.items()}
