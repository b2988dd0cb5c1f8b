"""The judgement of a stack: rules, exemptions and configuration, the same for all who ask.

The guard in the program, the policy pack, `omnitrack policy check` and `pulumi policy analyze` differ in what
they can see, never in what they make of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from policy import configuration, exemptions
from policy.configuration import Configuration
from policy.exemptions import Exemption, Exemptions
from policy.graph import Graph, Resource
from policy.rule import Context, Finding, Level, Outcome, Rule, judge
from policy.rules import BY_ID, EXEMPTIBLE, RULES
from policy.stages import AWS_PROVIDER, ROOT_STACK

EXEMPTIONS, USED, CONFIGURATION = (
    BY_ID[id_] for id_ in ("exemption-valid", "exemption-used", "configuration-valid")
)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """By what a stack's resources are judged; `stack` is its name, as in its URNs."""

    stack: str
    configuration: Configuration
    exemptions: Exemptions
    rules: Sequence[Rule] = RULES

    def context(self, graph: Graph) -> Context:
        """What the rules may look at."""
        return Context(
            graph=graph,
            retention_days=self.configuration.retention_days,
            levels=self.configuration.levels,
        )


def terms_of(
    stack: str,
    *,
    retention_days: int = 0,
    operator: Mapping[str, object] | None = None,
    stage: str | None = None,
    rules: Sequence[Rule] = RULES,
) -> Terms:
    """The terms of a stack, from the files of the repository, today.

    Args:
        stack: its name.
        retention_days: for how many days it means to keep its logs, where that is more than it must.
        operator: what whoever runs the pack configures beyond the stage's own file.
        stage: the stage it is held to; its name says it where this is left out.
        rules: what is judged.

    Raises:
        ConfigurationError: the stage's configuration cannot be read.
        ExemptionsError: the exemptions cannot be read.
    """
    found = configuration.load(stage or stack, operator=operator or {})
    return Terms(
        stack=stack,
        configuration=replace(found, retention_days=max(found.retention_days, retention_days)),
        exemptions=exemptions.load(today=datetime.now(UTC).date()),
        rules=rules,
    )


def root_of(stack: str, project: str) -> Resource:
    """The resource that stands for a stack itself."""
    return Resource(
        urn=f"urn:pulumi:{stack}::{project}::{ROOT_STACK}::{project}-{stack}",
        type=ROOT_STACK,
        name=f"{project}-{stack}",
        properties={},
    )


def default_provider(stack: str, project: str, tags: str | None) -> list[Resource]:
    """The provider that the engine makes of a stack's configuration: the program never registers it.

    Args:
        stack: its name.
        project: its project's.
        tags: `aws:defaultTags` as configured; without any, nothing about the provider matters to the rules.
    """
    if not tags:
        return []
    urn = f"urn:pulumi:{stack}::{project}::{AWS_PROVIDER}::default"
    return [Resource(urn=urn, type=AWS_PROVIDER, name="default", properties={"defaultTags": tags})]


def judge_resource(resource: Resource, terms: Terms) -> list[Finding]:
    """What one resource tells by itself, for a caller who does not see the stack yet."""
    return _exempted(judge(terms.rules, terms.context(Graph((resource,))), alone=True), terms)


def judge_stack(graph: Graph, terms: Terms, *, project: str) -> list[Finding]:
    """What a whole stack tells: of its resources, their relations, its exemptions and its configuration.

    Raises:
        RuleError: a rule failed.
    """
    found = _exempted(judge(terms.rules, terms.context(graph)), terms)
    stack = root_of(terms.stack, project)
    return [*found, *judge_files(stack, terms), *unmatched(found, stack, terms)]


def judge_files(stack: Resource, terms: Terms) -> list[Finding]:
    """What is wrong with configuration and exemptions, as far as the files themselves tell.

    Args:
        stack: the resource that the findings are told on.
        terms: what was read from the files.
    """
    found = [_finding(CONFIGURATION, stack, fault) for fault in terms.configuration.faults]
    faults = [(entry, _fault(entry, terms)) for entry in terms.exemptions.of(terms.stack)]
    found += [
        _finding(EXEMPTIONS, stack, f"{_place(entry)} that {fault}")
        for entry, fault in faults
        if fault is not None
    ]
    return found


def unmatched(found: Iterable[Finding], stack: Resource, terms: Terms) -> Iterator[Finding]:
    """The exemptions of a stack that nothing matches.

    Args:
        found: all findings of the stack.
        stack: the resource that they are told on.
        terms: what was read from the files.
    """
    used = {finding.exemption for finding in found}
    for entry in terms.exemptions.of(terms.stack):
        if entry not in used and _fault(entry, terms) is None:
            yield _finding(USED, stack, f"{_place(entry)} that nothing matches")


def _exempted(found: Iterable[Finding], terms: Terms) -> list[Finding]:
    return [
        replace(finding, exemption=terms.exemptions.find(finding.rule.id, finding.urn, EXEMPTIBLE))
        for finding in found
    ]


def _fault(entry: Exemption, terms: Terms) -> str | None:
    return entry.fault(EXEMPTIBLE, terms.exemptions.today, terms.stack)


def _place(entry: Exemption) -> str:
    return f"has an exemption at policy/exemptions.yaml:{entry.line}"


def _finding(rule: Rule, stack: Resource, fault: str) -> Finding:
    return Finding(rule=rule, resource=stack, fault=fault, outcome=Outcome.VIOLATION, level=Level.MANDATORY)
