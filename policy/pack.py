"""The rules as policies of the Pulumi SDK, for the engine: one policy for each rule.

What one resource tells by itself is judged before the resource is made; what only the whole stack tells
(`Rule.related`) is judged at the end. What cannot be decided yet and what is exempted is told by four
advisory policies of their own, as the level of a policy holds for all it reports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.configuration import RETENTION_RULE, RETENTION_SETTING
from policy.graph import Graph, Properties, Resource
from policy.judgement import Terms, judge_files, judge_resource, judge_stack, terms_of
from policy.rule import EVERY, Finding, Outcome, Rule
from policy.rules import RULES
from policy.stages import RETENTION_DAYS, ROOT_STACK, stage_of

STAGE_TAG = "stage"
"""The stack tag that says by which stage's terms a stack of another name is judged."""
RETENTION_SCHEMA = PolicyConfigSchema(
    {RETENTION_SETTING: {"type": "number", "description": "fewest days that logs are kept"}}
)

Choice = Callable[[Finding], bool]


@dataclass
class Run:
    """One run of the pack: whom it serves, and what it has seen so far.

    The engine tells of each resource's inputs before it acts; at the end it tells of outputs only, where what
    the program left out looks like what the provider answered. The inputs, kept from before, tell the two
    apart.

    Attributes:
        operator: the configuration that the engine was given, where it differs from the rules' own levels.
        tags: the tags of the stack.
    """

    operator: Mapping[str, object] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    _inputs: dict[str, Properties] = field(default_factory=dict)
    _terms: dict[str, Terms] = field(default_factory=dict)
    _last: tuple[object, list[Finding]] = (None, [])

    def terms(self, urn: str) -> Terms:
        """The terms of a resource's stack."""
        stack = stage_of(urn)
        if stack not in self._terms:
            tagged = self.tags.get(STAGE_TAG)
            stage = tagged if stack not in RETENTION_DAYS and tagged in RETENTION_DAYS else stack
            self._terms[stack] = terms_of(stack, operator=self.operator, stage=stage)
        return self._terms[stack]

    def configure(self, operator: Mapping[str, object]) -> None:
        """Takes another configuration."""
        self.operator, self._terms = operator, {}

    def of_resource(self, args: ResourceValidationArgs) -> list[Finding]:
        """What a resource tells by itself; its inputs are kept."""
        last, found = self._last
        if last is not args:
            resource = Resource(urn=args.urn, type=args.resource_type, name=args.name, properties=args.props)
            self._inputs[args.urn] = resource.properties
            terms = self.terms(args.urn)
            found = judge_resource(resource, terms)
            if args.resource_type == ROOT_STACK:
                found += judge_files(resource, terms)
            self._last = (args, found)
        return found

    def of_stack(self, args: StackValidationArgs) -> list[Finding]:
        """What the whole stack tells."""
        last, found = self._last
        if last is not args:
            found = []
            if args.resources:
                urn = args.resources[0].urn
                project = urn.split("::")[1]
                judged = judge_stack(self._graph(args), self.terms(urn), project=project)
                found = [finding for finding in judged if finding.rule.is_relation]
            self._last = (args, found)
        return found

    def _graph(self, args: StackValidationArgs) -> Graph:
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
        )


def policies(run: Run) -> list[Policy]:
    """All policies of the pack, for one run."""
    found = [_policy(rule, run) for rule in RULES]
    for name, (description, chosen) in _TOLD.items():
        words: dict[str, Any] = {"description": description, "enforcement_level": EnforcementLevel.ADVISORY}
        found.append(ResourceValidationPolicy(name=name, validate=_tell_resource(run, chosen), **words))
        found.append(
            StackValidationPolicy(name=f"{name}-relations", validate=_tell_stack(run, chosen), **words)
        )
    return found


def _policy(rule: Rule, run: Run) -> Policy:
    def chosen(finding: Finding) -> bool:
        broken = finding.outcome is Outcome.VIOLATION and finding.exemption is None
        return broken and finding.rule.id == rule.id

    words: dict[str, Any] = {
        "name": rule.id,
        "description": rule.title,
        "enforcement_level": EnforcementLevel(rule.level.value),
        "config_schema": RETENTION_SCHEMA if rule.id == RETENTION_RULE else None,
        "severity": Severity(rule.severity.value),
        "tags": [rule.concern, *rule.frameworks],
        "remediation_steps": rule.fix,
        "url": rule.source,
    }
    if rule.is_relation:
        return StackValidationPolicy(validate=_tell_stack(run, chosen), **words)
    return ResourceValidationPolicy(validate=_tell_resource(run, chosen), **words)


_TOLD: dict[str, tuple[str, Choice]] = {
    "undecided": (
        "What cannot be decided before the deployment",
        lambda finding: finding.outcome is Outcome.UNDECIDED and finding.exemption is None,
    ),
    "exempted": ("What is exempted, and for how long", lambda finding: finding.exemption is not None),
}


def _tell_resource(run: Run, chosen: Choice) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    return lambda args, report: _tell(run, run.of_resource(args), chosen, report)


def _tell_stack(run: Run, chosen: Choice) -> Callable[[StackValidationArgs, ReportViolation], None]:
    return lambda args, report: _tell(run, run.of_stack(args), chosen, report)


def _tell(run: Run, found: list[Finding], chosen: Choice, report: ReportViolation) -> None:
    for finding in found:
        if chosen(finding):
            report(_text(finding, run), finding.urn)


def _text(finding: Finding, run: Run) -> str:
    if finding.exemption is None:
        return finding.message
    return f"{finding.message}: {finding.exemption.describe(run.terms(finding.urn).exemptions.today)}"


JUDGED = {
    type_: frozenset(rule.id for rule in RULES if type_ in rule.types or EVERY in rule.types)
    for type_ in {type_ for rule in RULES for type_ in rule.types}
}
"""Which rules are about a type, by their ids."""
