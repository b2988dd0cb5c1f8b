"""Validation faults as one readable sentence that names the fields and repeats no values."""

from pydantic import ValidationError

MOST_FAULTS = 5  # a client mends a few at a time, and an answer stays short
LONGEST_NAME = 64


def describe(error: ValidationError) -> str:
    """The faults in the form `location.latitude: Input should be a valid number; name: Field required`."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    texts = [
        f"{_path(fault['loc'])}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in faults[:MOST_FAULTS]
    ]
    if len(faults) > MOST_FAULTS:
        texts.append(f"and {len(faults) - MOST_FAULTS} more")
    return "; ".join(texts)


def _path(location: tuple[int | str, ...]) -> str:
    # A field's name may be the client's own invention: keep it short and printable.
    path = ".".join(str(part) for part in location if part != "[key]")
    return ascii(path[:LONGEST_NAME])[1:-1] or "body"
