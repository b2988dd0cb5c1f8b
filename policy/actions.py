"""What AWS lets a policy name for each action, from the list of all actions that cfn-lint carries.

The list is AWS's own: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
It is read from its file, once and in some 20 ms, when a policy allows an action on everything; cfn-lint
itself takes half a second to import, and is not run.
"""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "cfnlint"
PLACE = Path("data/AdditionalSpecs/Policies.json")

NEED_NO_RESOURCE = frozenset(
    {
        # Metrics are in a data set only where one was made for them.
        "cloudwatch:getmetricdata",
        "cloudwatch:listmetrics",
        "cloudwatch:putmetricdata",
        # A bill is seen through a view, a text spoken or translated by a dictionary, only where one is named.
        "ce:getcostandusage",
        "ce:getcostandusagecomparisons",
        "ce:getcostandusagewithresources",
        "ce:getcostcategories",
        "ce:getcostcomparisondrivers",
        "ce:getcostforecast",
        "ce:getdimensionvalues",
        "ce:gettags",
        "ce:getusageforecast",
        # A document or a picture is read by a model of one's own only where one is named.
        "comprehend:detectentities",
        "polly:synthesizespeech",
        "rekognition:detectmoderationlabels",
        "translate:translatedocument",
        "translate:translatetext",
    }
)
"""Actions for which AWS lists a kind of resource that need not be there: without it they know no name."""


class ActionsError(Exception):
    """The list of actions is not there, or is none."""


def could_name_a_resource(pattern: str) -> bool:
    """Whether a policy could say on which resource an action is allowed, instead of on all.

    Args:
        pattern: an action, or a pattern of several, in lower case. One that AWS does not list could.

    Raises:
        ActionsError: the list of actions cannot be read.
    """
    service, _, name = pattern.partition(":")
    found = [action for action in _kinds().get(service, {}) if like(action, name)]
    return not found or any(
        _kinds()[service][action] and f"{service}:{action}" not in NEED_NO_RESOURCE for action in found
    )


def like(text: str, pattern: str) -> bool:
    """Whether a text matches a pattern of IAM, which knows `*` and `?`, and no brackets."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


@cache
def _kinds() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """By service and action, both in lower case, the kinds of resources that a policy may name for it."""
    package = find_spec(PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise ActionsError(f"{PACKAGE} is not installed: install what requirements/program.txt names")
    file = Path(package.submodule_search_locations[0]) / PLACE
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        return {
            service.lower(): {
                action.lower(): frozenset(one.get("Resources", ()))
                for action, one in actions["Actions"].items()
            }
            for service, actions in listed.items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise ActionsError(f"{PACKAGE} has no list of actions at {PLACE}: pin the version that has") from None
