"""Cases of the rules on what the rules can see: types of resources, and where a key comes from."""

from policy.graph import Resource
from policy.rules.encryption import KEY_PATHS
from policy.rules.reach import MAKERS
from tests.policy.cases.case import KEY_ARN, UNKNOWN_BLOCK, UNKNOWN_TEXT, Case, Kind, resource

KEY = resource("aws:kms/key:Key", {}, name="key")
ALIAS = resource("aws:kms/alias:Alias", {}, name="alias")
ROLE = resource("aws:iam/role:Role", {}, name="role")
FOREIGN_KEY = "takes its key from what is no key of the platform"


def placed(path: str, value: object) -> dict[str, object]:
    block, _, name = path.rpartition(".")
    return {block: {name: value}} if block else {name: value}


def keyed(
    name: str,
    type_: str,
    kind: Kind,
    *,
    value: object = UNKNOWN_TEXT,
    source: Resource | None = None,
    fault: str | None = None,
    undecided: bool = False,
) -> Case:
    (path,) = KEY_PATHS[type_]
    sources = {path.partition(".")[0]: [source]} if source else {}
    subject = resource(type_, placed(path, value), sources=sources)
    return Case(
        rule="customer-key-source",
        kind=kind,
        name=f"{name}, {type_.rpartition(':')[2]}",
        resources=[subject, *([source] if source else [])],
        fault=fault,
        undecided=undecided,
    )


def made(type_: str, kind: Kind, fault: str | None = None) -> Case:
    return Case(
        rule="resource-type-known", kind=kind, name=type_, resources=[resource(type_, {})], fault=fault
    )


CASES = (
    *(keyed("a key of this program", type_, Kind.CORRECT, source=KEY) for type_ in KEY_PATHS),
    *(keyed("an alias of this program", type_, Kind.CORRECT, source=ALIAS) for type_ in KEY_PATHS),
    *(keyed("a key by its ARN", type_, Kind.CORRECT, value=KEY_ARN) for type_ in KEY_PATHS),
    *(keyed("what a role answers", type_, Kind.WRONG, source=ROLE, fault=FOREIGN_KEY) for type_ in KEY_PATHS),
    *(keyed("a look-up that nobody can follow", type_, Kind.UNKNOWN, undecided=True) for type_ in KEY_PATHS),
    keyed("no key, which is another rule's", "aws:sns/topic:Topic", Kind.MISSING, value=None),
    keyed(
        "a whole block by reference",
        "aws:sqs/queue:Queue",
        Kind.UNKNOWN,
        value=UNKNOWN_BLOCK,
        undecided=True,
    ),
    *(made(type_, Kind.WRONG, "makes resources that no rule sees") for type_ in MAKERS),
    *(
        made(type_, Kind.WRONG, f"is of the package {package}, which no rule knows")
        for type_, package in (
            ("aws-native:logs:LogGroup", "aws-native"),
            ("pulumi-python:dynamic:Resource", "pulumi-python"),
            ("awsx:ec2:Vpc", "awsx"),
            ("pulumi:providers:aws-native", "aws-native"),
        )
    ),
    *(
        made(type_, Kind.CORRECT)
        for type_ in ("aws:iam/role:Role", "omnitrack:tables:Tables", "pulumi:providers:aws")
    ),
)
