"""Upkeep: credentials stay where they can be guarded and changed, runtimes are patched, owners are known."""

from collections.abc import Iterable, Iterator, Mapping

from policy.graph import UNKNOWN, Link, Resource, every_link, is_set, read
from policy.predicates import at_least_one, is_, not_, when
from policy.rule import Context, Level, Rule, Severity, Verdict
from policy.rules.credentials import CARRIERS, PARAMETER, holds_credential
from policy.rules.taggable import TAGGABLE, has_tag
from policy.stages import AWS_PROVIDER

FUNCTION = "aws:lambda/function:Function"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
VARIABLES = {
    FUNCTION: ("environment.variables",),
    "aws:amplify/app:App": ("environmentVariables", "autoBranchCreationConfig.environmentVariables"),
    "aws:amplify/branch:Branch": ("environmentVariables",),
    "aws:apigateway/stage:Stage": ("variables",),
    "aws:apigatewayv2/stage:Stage": ("stageVariables",),
}
"""Where each type keeps variables that everyone who may look at it can read."""
CREDENTIALS = {
    "aws:amplify/app:App": (
        "basicAuthCredentials",
        "oauthToken",
        "accessToken",
        "autoBranchCreationConfig.basicAuthCredentials",
    ),
    "aws:amplify/branch:Branch": ("basicAuthCredentials",),
}
"""Inputs that take a credential."""
REQUIRED_TAGS = ("Project", "Environment", "ManagedBy")
DEPRECATED_RUNTIMES = {
    "dotnet8": "2026-11-10",
    "python3.10": "2026-10-31",
    "provided.al2": "2026-07-31",
    "nodejs20.x": "2026-04-30",
    "ruby3.2": "2026-03-31",
    "python3.9": "2025-12-15",
    "nodejs18.x": "2025-09-01",
    "dotnet6": "2024-12-20",
    "python3.8": "2024-10-14",
    "nodejs16.x": "2024-06-12",
    "go1.x": "2024-01-08",
    "java8": "2024-01-08",
    "provided": "2024-01-08",
    "ruby2.7": "2023-12-07",
    "nodejs14.x": "2023-12-04",
    "python3.7": "2023-12-04",
    "dotnetcore3.1": "2023-04-03",
    "nodejs12.x": "2023-03-31",
    "python3.6": "2022-07-18",
    "dotnetcore2.1": "2022-01-05",
    "nodejs10.x": "2021-07-30",
    "ruby2.5": "2021-07-30",
    "python2.7": "2021-07-15",
    "nodejs8.10": "2020-03-06",
    "nodejs4.3": "2020-03-05",
    "nodejs4.3-edge": "2020-03-05",
    "nodejs6.10": "2019-08-12",
    "dotnetcore1.0": "2019-06-27",
    "dotnetcore2.0": "2019-05-30",
    "nodejs": "2016-08-30",
}
"""Runtimes and the day from which AWS patches them no more, as of 2026-11-24.

Next: ruby3.3 on 2027-03-31, nodejs22.x on 2027-04-30; java8.al2, java11, java17 and python3.11 on 2027-06-30.
"""


def environment_holds_no_credential(resource: Resource, context: Context) -> Verdict:
    """No variable holds a credential, neither as text nor from a resource that hands one out."""
    found = [
        (name, holds_credential(name, value, context.graph.sources(resource, path)))
        for path, name, value in _variables(resource)
    ]
    hidden = any(resource.read(path) is UNKNOWN for path in VARIABLES[resource.type])
    undecided = hidden or any(holds is UNKNOWN for _, holds in found)
    return _into(name for name, holds in found if holds is True) or (UNKNOWN if undecided else None)


def environment_holds_no_literal(resource: Resource, _context: Context) -> Verdict:
    """What the variables tell that stand in the program itself."""
    return _into(name for _, name, value in _variables(resource) if holds_credential(name, value, ()) is True)


def _into(names: Iterable[str]) -> str | None:
    listed = ", ".join(sorted(set(names)))
    return f"puts a credential into {listed}" if listed else None


def _variables(resource: Resource) -> Iterator[tuple[str, str, object]]:
    for path in CREDENTIALS.get(resource.type, ()):
        yield path, path, resource.read(path)
    for path in VARIABLES[resource.type]:
        variables = resource.read(path)
        if isinstance(variables, Mapping):
            yield from ((path, name, value) for name, value in variables.items())


def parameter_is_no_credential(parameter: Resource, context: Context) -> Verdict:
    """A parameter in clear holds no credential; its last name says what it is."""
    name = parameter.identity("name")
    called = name if isinstance(name, str) and name else parameter.name
    for path in ("value", "insecureValue"):
        holds = holds_credential(
            called.rpartition("/")[2], parameter.read(path), context.graph.sources(parameter, path)
        )
        if holds is not False:
            return "keeps a credential in clear" if holds is True else UNKNOWN
    return None


def secret_rotates(secret: Resource, context: Context) -> Verdict:
    """A rotation with a rule of when belongs to the secret."""
    answers = [
        every_link(
            context.graph.links(rotation, "secretId", secret, names=("arn", "id", "name")),
            _has_rule(rotation),
        )
        for rotation in context.graph.of(ROTATION)
    ]
    return at_least_one(answers, "does not rotate automatically")


def _has_rule(rotation: Resource) -> Link:
    rules = rotation.read("rotationRules")
    if rules is UNKNOWN:
        return UNKNOWN
    days, schedule = (read(rules, name) for name in ("automaticallyAfterDays", "scheduleExpression"))
    # A state says 0 days where a schedule is set, and an empty schedule where days are.
    return any(is_set(one) and one != 0 for one in (days, schedule))


def runtime_is_patched(function: Resource, _context: Context) -> Verdict:
    """The runtime is none that AWS has stopped patching; a name that is newer than the table is fine."""
    runtime = function.read("runtime")
    if runtime is UNKNOWN:
        return UNKNOWN
    day = DEPRECATED_RUNTIMES.get(runtime) if isinstance(runtime, str) else None
    return f"runs on a runtime that AWS patches no more since {day}" if day else None


def carries_required_tags(resource: Resource, context: Context) -> Verdict:
    """The resource carries every required tag with some value, its own or the provider's."""
    carried = {key: has_tag(resource, context.graph, key, is_set) for key in REQUIRED_TAGS}
    missing = [key for key, link in carried.items() if link is False]
    if missing:
        return f"lacks the tag{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    return UNKNOWN if any(link is UNKNOWN for link in carried.values()) else None


RULES = (
    Rule(
        id="no-secret-in-env",
        title="No variable that everyone can read holds a credential.",
        types=tuple(VARIABLES),
        # A relation, as a value that is not known yet tells by its resource alone whether it is a credential.
        related=(*sorted(CARRIERS), PARAMETER),
        judge=environment_holds_no_credential,
        alone=environment_holds_no_literal,
        fix="keep it in a secretsmanager.Secret, set a variable ..._SECRET_ARN, and read it at run time",
        severity=Severity.CRITICAL,
        source="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html",
        frameworks=(
            "CKV_AWS_45",
            "awslambda_function_no_secrets_in_variables",
            "amplify_app_no_secrets_in_environment",
        ),
    ),
    Rule(
        id="ssm-secret-is-securestring",
        title="A parameter that holds a credential is a SecureString.",
        types=(PARAMETER,),
        related=tuple(sorted(CARRIERS)),
        judge=when(not_(is_("type", wanted="SecureString")), parameter_is_no_credential),
        fix="set type to SecureString and key_id to the ARN of the platform's key",
        severity=Severity.HIGH,
        source="https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html",
        frameworks=("CKV2_AWS_34",),
        level=Level.ADVISORY,
    ),
    Rule(
        id="secret-rotation",
        title="A secret rotates automatically.",
        types=(SECRET,),
        related=(ROTATION,),
        judge=secret_rotates,
        fix="add a secretsmanager.SecretRotation with secret_id=secret.id and rotation_rules",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
        frameworks=("FSBP SecretsManager.1", "CKV2_AWS_57", "AwsSolutions-SMG4"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="lambda-runtime-supported",
        title="A function runs on a runtime that AWS still patches.",
        types=(FUNCTION,),
        # An image brings its own runtime.
        judge=when(not_(is_("packageType", wanted="Image", default="Zip")), runtime_is_patched),
        fix="set runtime to a name that AWS still supports, such as python3.13",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
        frameworks=("FSBP Lambda.2", "CKV_AWS_363", "AwsSolutions-L1"),
    ),
    Rule(
        id="required-tags",
        title=f"Every resource says by its tags {', '.join(REQUIRED_TAGS)} whose it is.",
        types=TAGGABLE,
        related=(AWS_PROVIDER,),
        judge=carries_required_tags,
        fix="set them in aws:defaultTags of the stack, default_tags of the provider, or tags of the resource",
        severity=Severity.LOW,
        source="https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html",
        level=Level.ADVISORY,
    ),
)
