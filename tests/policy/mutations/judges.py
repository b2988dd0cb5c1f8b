"""The two who judge: the judgement that the guard makes, and the pack's server that the engine asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest import mock

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel

from policy import analyzer
from policy.analyzer import Analyzer
from policy.configuration import RELATIONS
from policy.graph import UNKNOWN, Graph, Properties, Resource
from policy.judgement import judge_stack
from policy.pack import policies
from policy.rule import EVERY, Outcome, Rule
from policy.rules import BY_ID, RULES
from tests.policy.cases.case import UNKNOWN_TEXT, RawResource, secret
from tests.policy.conftest import resource_request, stack_request
from tests.policy.levels import OwnLevels
from tests.policy.mutations.defects import Resources
from tests.policy.mutations.graphs import PROJECT, tested
from tests.policy.mutations.mutants import Mutant, Said
from tests.policy.mutations.reads import JUDGED

UNDECIDED = ("undecided", "undecided-relations")


class Judgement:
    """The judgement of the compliant graphs, and of those that differ from them in a few resources.

    Such a graph is judged anew by the rules that these resources concern: what the others say is known.
    `whole` judges by all rules; both have to say the same.
    """

    def __init__(self) -> None:
        self._graphs: dict[int, tuple[Resources, Mapping[str, frozenset[Said]]]] = {}

    def of(self, resources: Resources, base: Resources) -> frozenset[Said]:
        """What is said of a graph that differs from another only here and there."""
        changed = [
            one
            for urn in {*base, *resources}
            if base.get(urn) is not resources.get(urn)
            for one in (base.get(urn), resources.get(urn))
            if one is not None
        ]
        concerned = [rule for rule in JUDGED if any(_concerns(rule, one) for one in changed)]
        ids = {rule.id for rule in concerned}
        known = (said for rule, said in self._by_rule(base).items() if rule not in ids)
        return _by(concerned, resources).union(*known)

    def _by_rule(self, resources: Resources) -> Mapping[str, frozenset[Said]]:
        kept = self._graphs.get(id(resources))
        if kept is None:
            found = {rule.id: _by([rule], resources) for rule in JUDGED}
            kept = self._graphs[id(resources)] = (resources, found)
        return kept[1]


def whole(resources: Resources) -> frozenset[Said]:
    """What the whole judgement says."""
    return _by(RULES, resources)


def _by(rules: Sequence[Rule], resources: Resources) -> frozenset[Said]:
    found = judge_stack(Graph(resources.values()), replace(tested(), rules=rules), project=PROJECT)
    return frozenset((finding.rule.id, finding.urn, finding.outcome) for finding in found)


def _concerns(rule: Rule, resource: Resource) -> bool:
    """Whether a rule may look at a resource; where a value comes from, any rule may look at."""
    types = {*rule.types, *rule.related}
    return resource.type in types or EVERY in types


def sent(value: object) -> Any:
    """A value as the engine sends it: floats, sentinels, and blocks with what the provider keeps in them."""
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, dict):
        return {"__defaults": [], **{name: sent(one) for name, one in value.items()}}
    return [sent(one) for one in value] if isinstance(value, list) else value


def raw(resource: Resource, *, secrets: Iterable[str] = ()) -> RawResource:
    """The resource as the engine sends it, some of its properties as secrets."""

    def form(properties: Properties) -> dict[str, Any]:
        return {
            name: secret(sent(value)) if name in secrets else sent(value)
            for name, value in properties.items()
        }

    return RawResource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        properties=resource.properties,
        outputs=resource.outputs,
        dependencies=resource.dependencies,
        raw=form(resource.properties),
        raw_outputs=form({**resource.outputs, **resource.properties}),
    )


class Server:
    """The pack's server for the graphs of one program and moment; nothing is sent to it twice."""

    def __init__(self) -> None:
        run = OwnLevels()
        self.analyzer = Analyzer(run, PROJECT, "0.0.1", policies(run), EnforcementLevel.MANDATORY)
        self.properties = analyzer._properties
        self._sent: dict[str, tuple[Resource, Any]] = {}
        self._read: dict[int, tuple[Any, Any]] = {}

    def told(self, mutant: Mutant) -> set[Said]:
        """What the server says of the mutated resource, and of the stack."""
        with mock.patch("policy.analyzer._properties", self._properties_of):
            found: set[Said] = set()
            for urn, resource in mutant.after.items():
                changed = mutant.before.get(urn) is not resource
                if changed or self._sent.get(urn, (None,))[0] is not resource:
                    said = self._analyze(resource, mutant.before.get(urn))
                    found |= said if changed else set()
            request = SimpleNamespace(resources=[self._sent[urn][1] for urn in mutant.after])
            return found | _said(self.analyzer.AnalyzeStack(request, None))

    def _analyze(self, resource: Resource, before: Resource | None) -> set[Said]:
        old = before.properties if before is not None else {}
        changed = [name for name, value in resource.properties.items() if old.get(name) != value]
        one = raw(resource, secrets=changed if before is not None else ())
        self._sent[resource.urn] = (resource, stack_request([one]).resources[0])
        return _said(self.analyzer.Analyze(resource_request(one), None))

    def _properties_of(self, properties: Any) -> Any:
        """Reads what was sent before only once."""
        if id(properties) not in self._read:
            self._read[id(properties)] = (properties, self.properties(properties))
        return self._read[id(properties)][1]


def _said(response: analyzer_pb2.AnalyzeResponse) -> set[Said]:
    found: set[Said] = set()
    for one in response.diagnostics:
        if one.policyName in UNDECIDED:
            rule = next(line for line in one.message.splitlines() if line.partition(": ")[0] in BY_ID)
            found.add((rule.partition(": ")[0], one.urn, Outcome.UNDECIDED))
        else:
            found.add((one.policyName.removesuffix(RELATIONS), one.urn, Outcome.VIOLATION))
    return found
