"""The published contract against the running platform, for every role and for nobody, by generated requests.

The requests are the same in every run, and a failure prints the one that it is about as a curl command.
"""

import re
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from omnitrack import api
from omnitrack.domain.access import ROLES, Permission, permits
from omnitrack.domain.values import IDENTIFIER_PATTERN
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok

from functions import openapi
from tests.e2e import stored
from tests.e2e.home import Platform

# Whoever may is answered in more ways than whoever may not.
EXAMPLES = {True: 10, False: 3}
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "positive_data_acceptance",
    "negative_data_rejection",
)
NOBODY = "nobody"
# Few, so that what one request leaves is what the next one meets.
NODES = ("contract-0", "contract-1", "contract-2")
ALERTS = ("contract-open", "contract-new", "contract-absent")

SCHEMA = schemathesis.openapi.from_dict(openapi.document())
SCHEMA.config.update(base_url="http://127.0.0.1")
load_all_checks()
CHECKS_USED: list[Any] = [CHECKS.get_one(name) for name in CHECKED]
DATA = SCHEMA.config.checks
# What is well-formed can still meet a state that does not admit it, or a role that may not.
DATA.positive_data_acceptance.expected_statuses = ["2xx", "401", "403", "404", "409", "412", "428"]
# An Idempotency-Key may be one that came before, which is looked at before the rest.
DATA.negative_data_rejection.expected_statuses = ["400", "401", "403", "404", "409", "413", "415"]
OPERATIONS = {
    found.ok().definition.raw["operationId"]: found.ok()
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)
}
# Nothing that is sent can be wrong with the rest: a preflight asks for a route, whatever is in its place.
TAKING = {route.operation for route in api.ROUTES if route.parameters and route.method != "OPTIONS"}
KINDS = [
    *((operation, GenerationMode.POSITIVE) for operation in OPERATIONS),
    *((operation, GenerationMode.NEGATIVE) for operation in OPERATIONS if operation in TAKING),
]


def one_of(names: tuple[str, ...], text: object) -> str:
    return names[crc32(str(text).encode("utf-8", "replace")) % len(names)]


def placed(case: Case[Any], mode: GenerationMode) -> Case[Any]:
    """The case within the namespace of this test; one that is meant well, without what only looks valid."""
    names = ALERTS if "/alerts/" in case.path else NODES
    ids = case.path_parameters
    for name, text in ids.items():
        if re.fullmatch(IDENTIFIER_PATTERN, str(text)) or mode is GenerationMode.POSITIVE:
            ids[name] = one_of(names, text)
    if mode is GenerationMode.POSITIVE:
        if "to" in ids and ids["from"] == ids["to"]:
            ids["to"] = NODES[(NODES.index(ids["from"]) + 1) % len(NODES)]
        for name in ("cursor", "from", "to"):
            case.query.pop(name, None)
        if "If-Match" in case.headers:
            case.headers.pop("If-None-Match", None)
        body: Any = case.body
        if isinstance(body, dict) and (bearable := body.get("temperatureRange")):
            bearable["minimum"] = min(bearable.values())
    return case


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.fixture(scope="module", autouse=True)
def namespace(platform: Platform) -> Iterator[None]:
    """Alerts to take on; afterwards everything is as it was."""
    with stored.thresholds_kept(platform):
        for name in ALERTS[:2]:
            stored.put_alert(platform, name, node=NODES[0])
        yield
        for name in ALERTS[:2]:
            stored.remove_alert(platform, name)
        stored.remove_nodes(platform, NODES)


@pytest.mark.parametrize("role", [*ROLES, NOBODY])
@pytest.mark.parametrize(("operation", "mode"), KINDS)
def test_every_answer_is_one_that_the_contract_has(
    platform: Platform, session: requests.Session, operation: str, role: str, mode: GenerationMode
) -> None:
    described = OPERATIONS[operation]
    permission = described.definition.raw["x-omnitrack-permission"]
    is_open = permission == "public" or permits([role], Permission(permission))
    headers = {} if role == NOBODY else {"Authorization": f"Bearer {platform.token(role)}"}

    @settings(
        max_examples=EXAMPLES[is_open],
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        sent = placed(case, mode)
        answer = sent.call(base_url=platform.cloud.endpoint, session=session, headers=headers)
        if is_cloudfronts_own(answer):
            return
        sent.validate_response(answer, checks=CHECKS_USED)
        if not is_open:
            assert answer.status_code in {400, 401, 403, 404, 413}, "nothing is done for who may not"

    ask()


def is_cloudfronts_own(answer: Any) -> bool:
    """Whether CloudFront itself refuses a request that is too large, or of no kind that it passes on."""
    kinds = answer.headers.get("content-type", [""])
    return answer.status_code in {400, 403, 413} and kinds[0].startswith("text/html")
