"""The rules as policies of the Pulumi SDK, for the engine.

The SDK deserializes every resource once for every policy object, 0.15 ms each: a policy for each of the rule
ids would cost a preview seconds. So there is one policy for each concern, in two scopes: what one resource
tells by itself is judged before it is created, relations (`-relations`) when the whole stack is known; the
first kind also remembers what the second will read. The rule's id leads each message. What is undecided goes
to two advisory policies of its own.
"""

from collections.abc import Callable, Iterable, Mapping

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.graph import Graph, Properties, Resource
from policy.rule import EVERY, Context, Finding, Level, Outcome, Rule, judge
from policy.rules import CONCERNS, RULES
from policy.stages import retention_floor, stage_of

ROOT_STACK = "pulumi:pulumi:Stack"
RETENTION_SETTING = "retentionDays"

Wanted = Callable[[Finding], bool]


class Memory:
    """The inputs of each resource, as the engine showed them before it acted.

    A stack policy is handed outputs only, where what the program left out looks like what the provider
    answered; the inputs, seen earlier in the same process, tell the two apart.
    """

    def __init__(self) -> None:
        self._inputs: dict[str, Properties] = {}

    def resource(self, args: ResourceValidationArgs) -> Resource:
        """The resource that is about to be made; its inputs are remembered."""
        resource = Resource(urn=args.urn, type=args.resource_type, name=args.name, properties=args.props)
        self._inputs[args.urn] = resource.properties
        return resource

    def graph(self, args: StackValidationArgs, types: frozenset[str]) -> Graph:
        """The stack's resources of these types, with their inputs where they are remembered."""
        return Graph(
            Resource(
                urn=found.urn,
                type=found.resource_type,
                name=found.name,
                properties=self._inputs.get(found.urn, found.props),
                outputs=found.props,
                dependencies={
                    name: tuple(source.urn for source in sources)
                    for name, sources in found.property_dependencies.items()
                },
            )
            for found in args.resources
            if found.resource_type in types
        )


def policies() -> list[Policy]:
    """All policies of the pack, for one run of the engine."""
    memory = Memory()
    resource_policies: list[Policy] = []
    stack_policies: list[Policy] = []
    for concern, rules in CONCERNS.items():
        for level in Level:
            chosen = [rule for rule in rules if rule.level is level]
            name = concern if level is Level.MANDATORY else f"{concern}-advice"
            if chosen:
                resource_policies.append(_resource_policy(name, chosen, level, _is_violation, memory))
            if any(rule.is_relation for rule in chosen):
                stack_policies.append(
                    _stack_policy(f"{name}-relations", chosen, level, _is_violation, memory)
                )
    resource_policies.append(_resource_policy("undecided", RULES, Level.ADVISORY, _is_undecided, memory))
    stack_policies.append(_stack_policy("undecided-relations", RULES, Level.ADVISORY, _is_undecided, memory))
    return resource_policies + stack_policies


def _is_violation(finding: Finding) -> bool:
    return finding.outcome is Outcome.VIOLATION


def _is_undecided(finding: Finding) -> bool:
    return finding.outcome is Outcome.UNDECIDED


def _resource_policy(
    name: str, rules: Iterable[Rule], level: Level, wanted: Wanted, memory: Memory
) -> ResourceValidationPolicy:
    single = [rule for rule in rules if not rule.is_relation]
    types = _types(rules)

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        stage = stage_of(args.urn)
        configured = _configured_days(args.get_config())
        if (
            args.resource_type == ROOT_STACK
            and configured is not None
            and configured < retention_floor(stage)
        ):
            report(
                f"log-group-retention: {stage} keeps its logs for at least {retention_floor(stage)} days, "
                f"the pack is configured with fewer: raise {RETENTION_SETTING} in policy/config/{stage}.json",
                args.urn,
            )
        if args.resource_type not in types and EVERY not in types:
            return
        graph = Graph((memory.resource(args),))
        days = max(retention_floor(stage), configured or 0)
        _report(single, Context(graph=graph, retention_days=days), wanted, report)

    return ResourceValidationPolicy(
        name=name,
        description=_describe(name),
        validate=validate,
        enforcement_level=EnforcementLevel(level.value),
        config_schema=PolicyConfigSchema(
            {RETENTION_SETTING: {"type": "number", "description": "fewest days that logs are kept"}}
        ),
        tags=[rule.id for rule in single],
    )


def _stack_policy(
    name: str, rules: Iterable[Rule], level: Level, wanted: Wanted, memory: Memory
) -> StackValidationPolicy:
    relations = [rule for rule in rules if rule.is_relation]
    types = _types(relations)

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        graph = memory.graph(args, types)
        stages = {stage_of(resource.urn) for resource in graph}
        days = max((retention_floor(stage) for stage in stages), default=0)
        _report(relations, Context(graph=graph, retention_days=days), wanted, report)

    return StackValidationPolicy(
        name=name,
        description=_describe(name),
        validate=validate,
        enforcement_level=EnforcementLevel(level.value),
        tags=[rule.id for rule in relations],
    )


def _types(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset(type_ for rule in rules for type_ in rule.types + rule.related)


def _configured_days(config: Mapping[str, object] | None) -> int | None:
    days = (config or {}).get(RETENTION_SETTING)
    return int(days) if isinstance(days, int | float) else None


def _report(rules: Iterable[Rule], context: Context, wanted: Wanted, report: ReportViolation) -> None:
    for finding in judge(rules, context):
        if wanted(finding):
            report(finding.message, finding.urn)


def _describe(name: str) -> str:
    return f"OmniTrack AI, {name.replace('-', ' ')}"
