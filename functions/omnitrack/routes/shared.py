"""Parameters that several resources take."""

from omnitrack.contract import Parameter
from omnitrack.domain.cursors import LONGEST
from omnitrack.domain.values import IDENTIFIER_PATTERN

LARGEST_PAGE = 1000
USUAL_PAGE = 500
LARGEST_BODY = 64 * 1024  # bytes


def identifier(name: str, what: str, example: str) -> Parameter:
    """A part of the path that is an id."""
    return Parameter(
        name=name,
        place="path",
        description=what,
        schema={"type": "string", "pattern": IDENTIFIER_PATTERN},
        example=example,
    )


IF_MATCH = Parameter(
    name="If-Match",
    place="header",
    description='The version to replace or remove, as answered in `ETag` (`"3"`); `*` means any.',
    schema={"type": "string", "pattern": '^(?:\\*|(?:W/)?"[!#-~]*")$'},
    example='"3"',
)
IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    place="header",
    description="`*` creates only: what exists is left as it is. Not together with `If-Match`.",
    schema={"type": "string", "enum": ["*"]},
    example="*",
)
PAGING = (
    Parameter(
        name="limit",
        place="query",
        description="How many entries a page has at most; it may have fewer.",
        schema={"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE},
        example=100,
    ),
    Parameter(
        name="cursor",
        place="query",
        description="Where the page begins: the `cursor` of the page before. It holds for its user and its "
        "filters.",
        schema={"type": "string", "maxLength": LONGEST},
        example="eyJub2RlIjoicG9ydC1yb3R0ZXJkYW0ifQ.Zk2c0fXrXJ6VQK1pWmJv3A",
    ),
)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    place="header",
    description="A text of the client's choice, as a UUID. A request that is repeated with it within 24 h "
    "is answered as the first one was, and changes nothing.",
    schema={"type": "string", "pattern": "^[!-~]{1,128}$"},
    example="8b1f6f0a-3f6e-4d6b-9c63-5a2f6a2c7d10",
)
IDEMPOTENCY_CONFLICT = "The Idempotency-Key came with another request before, or that is still being served."
