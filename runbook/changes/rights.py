"""Rights in words: one line for each holder and resource."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from runbook.changes.markdown import LONGEST, code, codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from runbook.changes.model import Grant
    from runbook.changes.permissions import Difference

ENTIRE: Final = 20_000  # characters, and items of a list, in a report that leaves nothing out
ROOT: Final = re.compile(r"AWS arn:aws[a-z-]*:iam::(?P<account>\d{12}):root")
SERVICE: Final = re.compile(r"(?P<name>[a-z0-9-]+)\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")
# What is told of an account's root on its own key without naming each action. Not CreateGrant, which hands
# use of the key on to anybody, nor a pattern such as kms:*.
# https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
MANAGING: Final = frozenset(
    f"kms:{action}"
    for action in (
        *("CancelKeyDeletion", "CreateAlias", "DeleteAlias", "DescribeKey", "DisableKey"),
        *("DisableKeyRotation", "EnableKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus"),
        *("GetPublicKey", "ListAliases", "ListGrants", "ListKeyPolicies", "ListKeyRotations"),
        *("ListResourceTags", "PutKeyPolicy", "RetireGrant", "RevokeGrant", "RotateKeyOnDemand"),
        *("ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"),
    )
)
USING: Final = frozenset(
    f"kms:{action}"
    for action in (
        *("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
        *("ReEncryptFrom", "ReEncryptTo"),
    )
)
FOR_AWS: Final = {"Bool": {"kms:GrantIsForAWSResource": "true"}}


@dataclass(frozen=True, kw_only=True)
class _Right:
    """Actions under one condition."""

    actions: tuple[str, ...]
    grant: Grant  # one of those that the actions come from

    def told(self, scope: str, *, exact: bool) -> str:
        """The actions, on what, and when they are allowed."""
        most, longest = (ENTIRE, ENTIRE) if exact else (20, LONGEST)
        what = f"{'all but ' if self.grant.all_but else ''}{codes(self.actions, most)}{scope}"
        return f"{what}, if {code(self.grant.condition, longest)}" if self.grant.condition else what


def gained(difference: Difference, account: str, *, exact: bool) -> Iterator[str]:
    """What a holder could not do before, and why it can.

    Args:
        difference: of the holder.
        account: of the stack; empty where it is not known.
        exact: every action, where short words would do.
    """
    reason = ", because its policy is new" if difference.new else ", because its policy changes"
    for line in _lines(difference, difference.gained, "may now", account, exact=exact):
        yield line + reason


def lost(difference: Difference, account: str, *, exact: bool) -> Iterator[str]:
    """What a holder cannot do any more; arguments as of `gained`."""
    yield from _lines(difference, difference.lost, "may not any more", account, exact=exact)


def unknown(difference: Difference) -> Iterator[str]:
    """The documents of a holder that nobody can read before the deployment."""
    for document in difference.unknown:
        yield f"{code(difference.holder)}: {code(document)}"


def _lines(
    difference: Difference, grants: Iterable[Grant], verb: str, account: str, *, exact: bool
) -> Iterator[str]:
    for (about, where), rights in _together(grants).items():
        who = code(difference.holder)
        if about.principal:
            who = f"{'everybody but ' if about.not_for else ''}{code(about.principal)} at {who}"
        doing = verb if about.effect == "Allow" else f"{verb}, as a denial"
        on = [one for one in where if one]
        scope = (
            f" on {'all but ' if about.other_than else ''}{codes(on, ENTIRE if exact else 20)}" if on else ""
        )
        short, others = ([], rights) if exact else _summary(difference.holder, about, where, rights, account)
        if len(others) == 1 and not short:
            yield f"{who} {doing}: {others[0].told(scope, exact=exact)}"
        else:
            at = scope if others else ""
            yield f"{who} {doing}{at}: {'; '.join([*short, *(one.told('', exact=exact) for one in others)])}"


def _together(grants: Iterable[Grant]) -> dict[tuple[Grant, tuple[str, ...]], list[_Right]]:
    """Whose rights on what -> the rights; resources with the same rights are one."""
    actions: dict[Grant, list[str]] = defaultdict(list)
    for grant in grants:
        actions[replace(grant, action="")].append(grant.action)
    of_resource: dict[Grant, list[_Right]] = defaultdict(list)
    for grant, together in actions.items():
        about = replace(grant, condition="", all_but=False)
        of_resource[about].append(_Right(actions=tuple(sorted(together)), grant=replace(grant, resource="")))
    resources: dict[tuple[Grant, tuple[_Right, ...]], list[str]] = defaultdict(list)
    for about, rights in of_resource.items():
        rights.sort(key=lambda right: (right.grant.condition, right.actions))
        resources[replace(about, resource=""), tuple(rights)].append(about.resource)
    found: dict[tuple[Grant, tuple[str, ...]], list[_Right]] = {}
    for (about, alike), where in resources.items():
        found[about, tuple(sorted(where))] = [*alike]
    return found


def _summary(
    holder: str, about: Grant, where: tuple[str, ...], rights: list[_Right], account: str
) -> tuple[list[str], list[_Right]]:
    """What an account's root may do with a key of its own, in short; and the rights that are not so usual."""
    root = ROOT.fullmatch(about.principal)
    usual = root and not about.not_for and not about.other_than and about.effect == "Allow"
    if not (usual and root and holder.startswith("Key ") and where == ("*",)):
        return [], rights
    if account not in {"", root["account"]}:
        return [], rights
    words: dict[str, None] = {}
    others = []
    for right in rights:
        if word := _word(right, root["account"]):
            words[word] = None
        else:
            others.append(right)
    return [*words], others


def _word(right: _Right, account: str) -> str:
    """A right of an account's root on a key, in short; empty where it has to be told exactly."""
    if right.grant.all_but:
        return ""
    if not right.grant.condition:
        return "manage the key" if MANAGING.issuperset(right.actions) else ""
    condition = json.loads(right.grant.condition)
    equals = condition.get("StringEquals") if isinstance(condition, Mapping) else None
    if not isinstance(equals, Mapping) or equals.keys() != {"kms:ViaService", "kms:CallerAccount"}:
        return ""
    service = SERVICE.fullmatch(str(equals["kms:ViaService"]))
    if service is None or equals["kms:CallerAccount"] != account:
        return ""
    more = {operator: value for operator, value in condition.items() if operator != "StringEquals"}
    handing_on = right.actions == ("kms:CreateGrant",) and more == FOR_AWS
    if handing_on or (not more and USING.issuperset(right.actions)):
        return f"use the key through {code(service['name'])}"
    return ""
