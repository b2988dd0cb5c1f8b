"""Whether a statement names its resources, as far as AWS lets it name them."""

import re

from policy.actions import could_name_a_resource
from policy.documents import Statement, matches
from policy.graph import every_link
from policy.predicates import fault_if
from policy.rule import Verdict

# What API Gateway asks of the one role that writes the logs of all APIs of an account, in groups it makes:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
WRITES_ALL_LOGS = frozenset(
    {
        "logs:createloggroup",
        "logs:createlogstream",
        "logs:describeloggroups",
        "logs:describelogstreams",
        "logs:filterlogevents",
        "logs:getlogevents",
        "logs:putlogevents",
    }
)
NAMED_BY_AWS = frozenset(
    {
        ("backup", "recovery-point"),
        ("ec2", "network-interface"),
        ("iot", "cert"),
        ("route53", "change"),
        ("s3", "job"),
    }
)
"""Services and types of what comes into being later, under a name that AWS makes up."""
NAME_COMES_FIRST = frozenset({"codecommit", "codepipeline", "execute-api", "sns", "sqs"})
"""Services whose ARNs say no type; neither do those of buckets, which have no account in them."""

_NOTHING = re.compile(r"[*?:/]+|arn:[^:]*:?[*?].*|arn:[^:]*:[^:]*:[^:]*:[^:]*:[*?:/]+")
_SEPARATORS = re.compile(r"[:/]+")


def resources_named(statement: Statement) -> Verdict:
    """Each resource has a name, or at least its beginning, unless the actions know none."""
    if statement.not_resources:
        return "allows actions on every resource that it does not name"
    all_logs = frozenset(statement.actions) == WRITES_ALL_LOGS

    def is_unnamed(arn: str) -> bool:
        return names_nothing(arn) or (_names_only_a_type(arn) and not (all_logs and _is_log_group(arn)))

    unnamed = matches(statement.resources, is_unnamed)
    if unnamed is False:
        return None
    could = True if statement.not_actions else matches(statement.actions, could_name_a_resource)
    return fault_if(every_link(unnamed, could), "allows actions on every resource that could be named")


def names_nothing(arn: str) -> bool:
    """Whether it stands for all, of every service or of one."""
    return _NOTHING.fullmatch(arn) is not None


def _names_only_a_type(arn: str) -> bool:
    """Whether it stands for all of a type, as `table/*` and `table/*/index/*` do: the name is a wildcard."""
    parts = arn.split(":", 5)
    if len(parts) < 6:  # noqa: PLR2004 - the parts of an ARN
        return False
    service, account, steps = parts[2], parts[4], [step for step in _SEPARATORS.split(parts[5]) if step]
    if service == "wafv2":
        steps = steps[1:]  # its scope
    first, second = (*steps, "", "")[:2]
    if service in NAME_COMES_FIRST or (service == "s3" and not account):
        return _is_wild(first)
    if (service, first) in NAMED_BY_AWS:
        return False
    return _is_wild(second) if second else first.endswith("*")


def _is_log_group(arn: str) -> bool:
    return arn.split(":")[2:6:3] == ["logs", "log-group"]


def _is_wild(name: str) -> bool:
    return bool(name) and not name.strip("*?")
