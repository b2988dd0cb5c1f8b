"""Cases of the rules on what the rules can see: types of resources, and where a key comes from."""

from policy.graph import Resource
from policy.rules.keys import BUCKETS, KEY_PATHS, QUEUE, TABLE
from policy.rules.reach import MAKERS
from tests.policy.cases.case import KEY_ARN, UNKNOWN_BLOCK, UNKNOWN_LIST, UNKNOWN_TEXT, Case, Kind, resource

KEY = resource("aws:kms/key:Key", {}, name="key")
ROLE = resource("aws:iam/role:Role", {}, name="role")
PASSING_ON = resource(
    "aws:ssm/parameter:Parameter", {"value": UNKNOWN_TEXT}, name="passing-on", sources={"value": [KEY]}
)
QUEUE_KEY = (QUEUE, "kmsMasterKeyId")
UNKNOWN = {"kmsKeyArn": UNKNOWN_TEXT}
FOREIGN_KEY = "takes its key from what is no key of the platform"


PLACES = [(type_, path) for type_, paths in KEY_PATHS.items() for path in paths]


def placed(path: str, value: object) -> dict[str, object]:
    name, _, rest = path.partition(".")
    return {name: placed(rest, value) if rest else value}


def keyed(
    name: str,
    place: tuple[str, str],
    kind: Kind,
    *,
    value: object = UNKNOWN_TEXT,
    source: Resource | None = None,
    fault: str | None = None,
    undecided: bool = False,
) -> Case:
    type_, path = place
    sources = {path.partition(".")[0]: [source]} if source else {}
    subject = resource(type_, placed(path, value), sources=sources)
    return Case(
        rule="customer-key-source",
        kind=kind,
        name=f"{name}, {type_.rpartition(':')[2]} {path}",
        resources=[subject, *([source] if source else [])],
        fault=fault,
        undecided=undecided,
    )


def replicated(name: str, kind: Kind, replicas: object, source: Resource, fault: str | None = None) -> Case:
    """Of a table whose own key is known."""
    properties = {"serverSideEncryption": {"kmsKeyArn": KEY_ARN}, "replicas": replicas}
    return Case(
        rule="customer-key-source",
        kind=kind,
        name=name,
        resources=[resource(TABLE, properties, sources={"replicas": [source]}), source],
        fault=fault,
    )


def made(type_: str, kind: Kind, fault: str | None = None) -> Case:
    return Case(
        rule="resource-type-known", kind=kind, name=type_, resources=[resource(type_, {})], fault=fault
    )


CASES = (
    *(keyed("a key of this program", place, Kind.CORRECT, source=KEY) for place in PLACES),
    *(
        keyed(
            f"a {type_.rpartition(':')[2]}", QUEUE_KEY, Kind.CORRECT, source=resource(type_, {}, name="key")
        )
        for type_ in (
            "aws:kms/key:Key",
            "aws:kms/replicaKey:ReplicaKey",
            "aws:kms/externalKey:ExternalKey",
            "aws:kms/replicaExternalKey:ReplicaExternalKey",
            "aws:kms/alias:Alias",
            "aws:kms/keyPolicy:KeyPolicy",
            # What another stack hands on: nobody sees here what it is.
            "pulumi:pulumi:StackReference",
        )
    ),
    Case(
        rule="customer-key-source",
        kind=Kind.UNKNOWN,
        name="what is made of a key may pass it on",
        resources=[
            resource(QUEUE_KEY[0], placed(QUEUE_KEY[1], UNKNOWN_TEXT), sources={QUEUE_KEY[1]: [PASSING_ON]}),
            PASSING_ON,
            KEY,
        ],
        undecided=True,
    ),
    *(keyed("a key by its ARN", place, Kind.CORRECT, value=KEY_ARN) for place in PLACES),
    *(keyed("what a role answers", place, Kind.WRONG, source=ROLE, fault=FOREIGN_KEY) for place in PLACES),
    *(keyed("a look-up that nobody can follow", place, Kind.UNKNOWN, undecided=True) for place in PLACES),
    *(keyed("no key, which is another rule's", place, Kind.MISSING, value=None) for place in PLACES),
    keyed("a whole block by reference", QUEUE_KEY, Kind.UNKNOWN, value=UNKNOWN_BLOCK, undecided=True),
    replicated(
        "the second of two replicas", Kind.WRONG, [{"kmsKeyArn": KEY_ARN}, UNKNOWN], ROLE, FOREIGN_KEY
    ),
    replicated("a replica of which nothing is known", Kind.WRONG, [UNKNOWN_BLOCK], ROLE, FOREIGN_KEY),
    replicated("replicas of which nothing is known", Kind.WRONG, UNKNOWN_LIST, ROLE, FOREIGN_KEY),
    replicated("replicas by reference", Kind.CORRECT, [UNKNOWN, UNKNOWN], KEY),
    replicated("no replicas", Kind.MISSING, [], ROLE),
    Case(
        rule="customer-key-source",
        kind=Kind.CORRECT,
        name="a bucket by its own block, and its name by reference",
        resources=[
            resource(
                BUCKETS[0],
                {"bucket": UNKNOWN_TEXT, **placed(KEY_PATHS[BUCKETS[0]][0], KEY_ARN)},
                sources={"bucket": [ROLE]},
            ),
            ROLE,
        ],
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
