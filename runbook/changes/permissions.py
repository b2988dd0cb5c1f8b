"""IAM documents of a preview: what they grant, in the smallest parts, so that two of them can be compared."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from runbook.changes.model import Change, Grant, Rights

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""How the engine writes a value that is known only while deploying."""
HIDDEN: Final = "[secret]"
"""How the engine writes a value that is a secret."""
MOST: Final = 20_000  # parts of one statement; beyond, it is compared as a whole
TRUST: Final = "trust policy"

# Type -> the inputs that hold documents; `*` stands for each item of a list.
DOCUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:iam/rolePolicy:RolePolicy": ("policy",),
    "aws:iam/policy:Policy": ("policy",),
    "aws:iam/userPolicy:UserPolicy": ("policy",),
    "aws:iam/groupPolicy:GroupPolicy": ("policy",),
    "aws:iam/role:Role": ("assumeRolePolicy", "inlinePolicies.*.policy"),
    "aws:acmpca/policy:Policy": ("policy",),
    "aws:apigateway/restApi:RestApi": ("policy",),
    "aws:apigateway/restApiPolicy:RestApiPolicy": ("policy",),
    "aws:backup/vaultPolicy:VaultPolicy": ("policy",),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": ("policy",),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": ("accessPolicy",),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("policyDocument",),
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": ("policyDocument",),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": ("policy",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("policy",),
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": ("policy",),
    "aws:ecr/registryPolicy:RegistryPolicy": ("policy",),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy",),
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": ("policy",),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("policy",),
    "aws:elasticsearch/domainPolicy:DomainPolicy": ("accessPolicies",),
    "aws:glue/resourcePolicy:ResourcePolicy": ("policy",),
    "aws:iot/policy:Policy": ("policy",),
    "aws:kinesis/resourcePolicy:ResourcePolicy": ("policy",),
    "aws:kms/externalKey:ExternalKey": ("policy",),
    "aws:kms/key:Key": ("policy",),
    "aws:kms/keyPolicy:KeyPolicy": ("policy",),
    "aws:kms/replicaExternalKey:ReplicaExternalKey": ("policy",),
    "aws:kms/replicaKey:ReplicaKey": ("policy",),
    "aws:lambda/resourcePolicy:ResourcePolicy": ("policy",),
    "aws:msk/clusterPolicy:ClusterPolicy": ("policy",),
    "aws:opensearch/domain:Domain": ("accessPolicies",),
    "aws:opensearch/domainPolicy:DomainPolicy": ("accessPolicies",),
    "aws:organizations/policy:Policy": ("content",),
    "aws:s3/bucket:Bucket": ("policy",),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy",),
    "aws:s3control/accessPointPolicy:AccessPointPolicy": ("policy",),
    "aws:secretsmanager/secret:Secret": ("policy",),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy",),
    "aws:sns/topic:Topic": ("policy",),
    "aws:sns/topicPolicy:TopicPolicy": ("policy",),
    "aws:sqs/queue:Queue": ("policy",),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy",),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": ("inlinePolicy",),
    "aws:xray/resourcePolicy:ResourcePolicy": ("policyDocument",),
}
# Type -> the inputs that name managed policies.
MANAGED: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:iam/role:Role": ("managedPolicyArns.*",),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("policyArn",),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("policyArn",),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": ("policyArn",),
    "aws:iam/policyAttachment:PolicyAttachment": ("policyArn",),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": ("policyArns.*",),
}
PERMISSION: Final = "aws:lambda/permission:Permission"
# Who is granted something by a resource that is not the holder itself: the input that names it.
HOLDERS: Final[Mapping[str, tuple[str, str]]] = {
    "aws:iam/rolePolicy:RolePolicy": ("role", "role"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "role"),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": ("role", "roleName"),
    "aws:iam/role:Role": ("role", "name"),
    "aws:iam/userPolicy:UserPolicy": ("user", "user"),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("user", "user"),
    "aws:iam/groupPolicy:GroupPolicy": ("group", "group"),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": ("group", "group"),
    PERMISSION: ("function", "function"),
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How the rights of one holder would change.

    Attributes:
        holder: Whose they are.
        gained: What it could not do before.
        lost: What it cannot do any more.
        unknown: Documents of which nobody can tell before the deployment.
        new: Whether nothing is known that it could do before.
    """

    holder: str
    new: bool
    gained: tuple[Grant, ...]
    lost: tuple[Grant, ...]
    unknown: tuple[str, ...]


def rights(type_: str, name: str, inputs: Mapping[str, Any], other: Mapping[str, Any]) -> Rights | None:
    """What a resource grants.

    Args:
        type_: Its type token.
        name: Its name in the program.
        inputs: Its inputs; empty for a resource that does not exist then.
        other: Inputs before or after, which may name the holder where these do not.

    Returns:
        None for a type that grants nothing.
    """
    if type_ not in DOCUMENTS and type_ not in MANAGED and type_ != PERMISSION:
        return None
    grants: set[Grant] = set()
    unknown: list[str] = []
    for path in DOCUMENTS.get(type_, ()):
        for document in _values(inputs, path):
            read = _grants(document)
            if read is None:
                unknown.append(f"{TRUST if path == 'assumeRolePolicy' else path.replace('.*', '')} of {name}")
            else:
                grants |= read
    for path in MANAGED.get(type_, ()):
        for arn in _values(inputs, path):
            if _known(arn):
                grants.add(Grant(effect="Allow", action=f"whatever {arn} allows"))
            else:
                unknown.append(f"managed policy of {name}")
    if type_ == PERMISSION and inputs:
        grants.add(_permission(inputs))
    return Rights(
        holder=_holder(type_, name, inputs or other), grants=frozenset(grants), unknown=tuple(sorted(unknown))
    )


def differences(changes: Iterable[Change]) -> list[Difference]:
    """How the rights would change, holder by holder, however they are spread over documents."""
    before, after = defaultdict[str, set[Grant]](set), defaultdict[str, set[Grant]](set)
    unknown = defaultdict[str, set[str]](set)
    for change in changes:
        if change.before is not None:
            before[change.before.holder] |= change.before.grants
        if change.after is not None:
            after[change.after.holder] |= change.after.grants
            unknown[change.after.holder] |= set(change.after.unknown)
    found = [
        Difference(
            holder=holder,
            new=not before[holder],
            gained=tuple(sorted(after[holder] - before[holder])),
            # What is not known yet may keep every right that is missing from what is known.
            lost=() if unknown[holder] else tuple(sorted(before[holder] - after[holder])),
            unknown=tuple(sorted(unknown[holder])),
        )
        for holder in sorted(before.keys() | after.keys() | unknown.keys())
    ]
    return [one for one in found if one.gained or one.lost or one.unknown]


def _holder(type_: str, name: str, inputs: Mapping[str, Any]) -> str:
    kind, key = HOLDERS.get(type_, ("", ""))
    given = inputs.get(key) if key else None
    if kind and isinstance(given, str) and _known(given):
        return f"{kind} {given}"
    if type_ == "aws:iam/role:Role":
        return f"{kind} {name}"
    if kind:
        return f"the {kind} of {name}"
    return f"{type_.rpartition(':')[2]} {name}"


def _permission(inputs: Mapping[str, Any]) -> Grant:
    keys = (
        "sourceArn",
        "sourceAccount",
        "principalOrgId",
        "functionUrlAuthType",
        "eventSourceToken",
        "qualifier",
    )
    condition = {key: _shown(inputs[key]) for key in keys if inputs.get(key) is not None}
    return Grant(
        effect="Allow",
        action=_shown(inputs.get("action")),
        principal=_shown(inputs.get("principal")),
        condition=json.dumps(condition, sort_keys=True) if condition else "",
    )


def _shown(value: object) -> str:
    if value == UNKNOWN:
        return "(known after the deployment)"
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _values(inputs: Mapping[str, Any], path: str) -> Iterator[object]:
    """All values at a path; what is absent is none."""
    found: list[object] = [inputs]
    for step in path.split("."):
        if step == "*":
            # A list that is not known yet is one value that is not known yet.
            found = [item for one in found for item in (one if isinstance(one, list) else [one])]
        else:
            found = [one.get(step) if isinstance(one, Mapping) else one for one in found]
        found = [one for one in found if one is not None]
    yield from found


def _known(value: object) -> bool:
    return isinstance(value, str) and UNKNOWN not in value and HIDDEN not in value


def _grants(document: object) -> set[Grant] | None:
    """The parts of a policy document; None for one that cannot be read."""
    if isinstance(document, str):
        if not _known(document):
            return None
        if not document.strip():
            return set()
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return None
    if not isinstance(document, Mapping) or not _known(json.dumps(document)):
        return None
    statements = document.get("Statement", [])
    found: set[Grant] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, Mapping):
            return None
        found |= _parts(statement)
    return found


def _parts(statement: Mapping[str, Any]) -> set[Grant]:
    actions, all_but = _either(statement, "Action", "NotAction")
    resources, other_than = _either(statement, "Resource", "NotResource")
    principal_key = "NotPrincipal" if "NotPrincipal" in statement else "Principal"
    principals = [*_principals(statement.get(principal_key))] or [""]
    condition = statement.get("Condition")
    whole = len(actions) * len(resources) * len(principals) > MOST
    combinations = (
        [(", ".join(actions), ", ".join(resources), ", ".join(principals))]
        if whole
        else product(actions, resources, principals)
    )
    return {
        Grant(
            effect=str(statement.get("Effect", "Deny")),
            action=action,
            resource=resource,
            principal=principal,
            condition=json.dumps(condition, sort_keys=True) if condition else "",
            all_but=all_but,
            other_than=other_than,
            not_for=principal_key == "NotPrincipal",
        )
        for action, resource, principal in combinations
    }


def _either(statement: Mapping[str, Any], key: str, negated: str) -> tuple[list[str], bool]:
    value = statement.get(key, statement.get(negated))
    values = [*map(_shown, value)] if isinstance(value, list) else [] if value is None else [_shown(value)]
    return values or [""], key not in statement and negated in statement


def _principals(value: object) -> Iterator[str]:
    """Each principal; `{"AWS": "*"}` and `"*"` are everybody."""
    if isinstance(value, Mapping):
        for kind in sorted(map(str, value)):
            given = value[kind]
            for one in given if isinstance(given, list) else [given]:
                yield "*" if kind == "AWS" and one == "*" else f"{kind} {_shown(one)}"
    elif value is not None:
        yield _shown(value)
