"""The rules as policies of the Pulumi SDK, for the engine: one policy for each rule.

What one resource tells by itself is judged before the resource is made; what only the whole stack tells
(`Rule.related`) is judged at the end. A rule that is judged at both times has a second policy, `-relations`.
What cannot be decided yet and what is exempted is told by four advisory policies of their own, as the level
of a policy holds for all it reports.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.configuration import RELATIONS, RETENTION_RULE, RETENTION_SETTING
from policy.graph import UNKNOWN, Graph, Properties, Resource, holds_unknown, plain
from policy.judgement import Terms, judge_files, judge_resource, judge_stack, terms_of
from policy.rule import EVERY, Finding, Outcome, Rule
from policy.rules import RULES
from policy.stages import RETENTION_DAYS, ROOT_STACK, stage_of

OWN_PACKAGE = "pulumi:"
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
    _told: dict[str, frozenset[str]] = field(default_factory=dict)
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
            resource = Resource(
                urn=args.urn,
                type=args.resource_type,
                name=args.name,
                properties=args.props,
                # The engine says a provider of whatever it makes, itself or by a package of components.
                is_component=args.provider is None and not args.resource_type.startswith(OWN_PACKAGE),
            )
            self._inputs[args.urn] = resource.properties
            terms = self.terms(args.urn)
            found = judge_resource(resource, terms)
            self._told[args.urn] = frozenset(finding.rule.id for finding in found)
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
                found = [
                    finding
                    for finding in judged
                    if finding.rule.is_relation
                    and finding.rule.id not in self._told.get(finding.urn, frozenset())
                ]
            self._last = (args, found)
        return found

    def _graph(self, args: StackValidationArgs) -> Graph:
        return Graph(
            Resource(
                urn=found.urn,
                type=found.resource_type,
                name=found.name,
                properties=self._inputs_of(found),
                outputs=found.props,
                dependencies={
                    name: tuple(source.urn for source in sources)
                    for name, sources in found.property_dependencies.items()
                },
                is_component=found.provider is None and not found.resource_type.startswith(OWN_PACKAGE),
            )
            for found in args.resources
        )

    def _inputs_of(self, found: PolicyResource) -> Properties:
        """The inputs as they were shown, with what has become known since.

        Of a resource that was not shown, as in an update of chosen targets, an unknown value that depends on
        nothing is what the provider will compute: the program has not set it.
        """
        outputs = plain(found.props)
        if not isinstance(outputs, dict):
            return {}
        inputs = self._inputs.get(found.urn)
        if inputs is None:
            return {
                name: value
                for name, value in outputs.items()
                if value is not UNKNOWN or name in found.property_dependencies
            }
        return {
            name: value
            if not holds_unknown(value) or holds_unknown(outputs.get(name, UNKNOWN))
            else outputs[name]
            for name, value in inputs.items()
        }


def policies(run: Run) -> list[Policy]:
    """All policies of the pack, for one run."""
    found = [policy for rule in RULES for policy in _policies(rule, run)]
    for name, (description, chosen) in _TOLD.items():
        words: dict[str, Any] = {"description": description, "enforcement_level": EnforcementLevel.ADVISORY}
        found.append(ResourceValidationPolicy(name=name, validate=_tell_resource(run, chosen), **words))
        found.append(StackValidationPolicy(name=name + RELATIONS, validate=_tell_stack(run, chosen), **words))
    return found


def _policies(rule: Rule, run: Run) -> Iterator[Policy]:
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
    if rule.alone is not None or not rule.is_relation:
        yield ResourceValidationPolicy(validate=_tell_resource(run, chosen), **words)
        words["name"] += RELATIONS
    if rule.is_relation:
        yield StackValidationPolicy(validate=_tell_stack(run, chosen), **words)


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
