"""What every refusal over HTTP must be: documented, in the platform's form, and silent about the inside."""

import re
from collections.abc import Collection

from omnitrack.contract import ErrorBody, Route, error_codes

from functions import openapi
from tests.e2e.wire import Answer

DOCUMENT = openapi.document()
CODES = error_codes()
# Names of what the platform is made of, and traces of its code.
INSIDE = re.compile(
    r"traceback|exception|errno|botocore|boto3|pydantic|dynamodb|arn:aws|/var/|\.py\b|omnitrack\."
    r"|line \d+, in|lambda|ministack|localhost|127\.0\.0\.1",
    re.IGNORECASE,
)
PAGE = "page"  # in the place of a code: CloudFront's own page, which it has for its limits on AWS as well
PAGES = frozenset({400, 403, 413})


def documented(route: Route) -> set[int]:
    """The statuses that the contract has for the route."""
    operation = DOCUMENT["paths"][route.path][route.method.lower()]
    return {int(status) for status in operation["responses"]}


def refusal(answer: Answer, route: Route) -> str:
    """The code of a refusal after all that holds for each of them; `page` for CloudFront's own page."""
    assert 400 <= answer.status < 500, (answer.status, answer.body)
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert answer.status in PAGES, answer.body
        return PAGE
    assert answer.status in documented(route), answer.body
    error = ErrorBody.model_validate_json(answer.body).error
    assert CODES[error.code][0] == answer.status, error
    assert not INSIDE.search(error.message), error
    return error.code


def check(answer: Answer, route: Route, codes: Collection[str]) -> None:
    """Refused with one of these codes."""
    assert refusal(answer, route) in codes, (answer.status, answer.body)
