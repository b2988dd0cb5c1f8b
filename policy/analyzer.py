"""The server that the engine asks: the SDK's own, but each resource is read once.

The SDK reads a resource anew for every policy, 0.15 ms each: a policy for each rule would cost a preview of
250 resources several seconds. Here a resource is read once and shown to the policies that are about its type.
What the policies say is the SDK's business as before; `tests/policy/test_analyzer.py` compares both.

It also decides on levels, which the SDK knows only for the pack as a whole: they depend on the stage, and
nothing lowers a rule of the mission.
"""

from typing import Any

import pulumi_policy.policy as sdk
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyProviderResource,
    PolicyResource,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from policy.configuration import RELATIONS
from policy.pack import JUDGED, Run
from policy.rule import EVERY
from policy.rules import BY_ID

_OPTIONS = sdk.PolicyResourceOptions(
    protect=False,
    ignore_changes=[],
    delete_before_replace=None,
    aliases=[],
    custom_timeouts=sdk.PolicyCustomTimeouts(0, 0, 0),
    additional_secret_outputs=[],
)
"""No rule reads a resource's options."""


class Analyzer(sdk._PolicyAnalyzerServicer):  # noqa: SLF001 - the SDK offers no other way to its server
    """Answers the engine for one run of the pack.

    Args:
        run: what the policies share.
        name: of the pack.
        version: of the pack.
        policies: the policies.
        more: the rest of what the SDK's server takes.
    """

    def __init__(self, run: Run, name: str, version: str, policies: list[Policy], *more: Any) -> None:  # noqa: ANN401 - the SDK's own
        super().__init__(name, version, policies, *more)
        self._run = run
        self._resource_policies = [one for one in policies if isinstance(one, ResourceValidationPolicy)]
        self._stack_policies = [one for one in policies if isinstance(one, StackValidationPolicy)]
        self._by_type: dict[str, list[ResourceValidationPolicy]] = {}

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - gRPC's
        """Takes the configuration; the engine also sends what nobody has configured."""
        operator: dict[str, object] = {}
        for name, config in request.policyConfig.items():
            level = self._convert_enforcement_level(config.enforcementLevel).value
            entry: dict[str, object] = dict(json_format.MessageToDict(config.properties))
            rule = BY_ID.get(name.removesuffix(RELATIONS))
            if rule is not None and level != rule.level.value:
                entry["enforcementLevel"] = level
            if rule is not None and entry:
                operator[name] = entry
        self._run.configure(operator)
        return super().Configure(request, context)  # type: ignore[no-untyped-call]

    def ConfigureStack(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - gRPC's
        """Takes the tags of the stack."""
        self._run.tags = dict(request.tags)
        return super().ConfigureStack(request, context)

    def Analyze(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - gRPC's
        """Judges one resource before it is made."""
        self._configure_runtime_settings()  # type: ignore[no-untyped-call]
        args = ResourceValidationArgs(
            request.type,
            _properties(request.properties),
            request.urn,
            request.name,
            _OPTIONS,
            _provider(request),
        )
        return self._told(self._about(request.type), args, request.urn)

    def AnalyzeStack(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, N802 - gRPC's
        """Judges the relations of the whole stack."""
        self._configure_runtime_settings()  # type: ignore[no-untyped-call]
        resources = {
            one.urn: PolicyResource(
                one.type,
                _properties(one.properties),
                one.urn,
                one.name,
                _OPTIONS,
                _provider(one),
                None,
                [],
                {},
            )
            for one in request.resources
        }
        for one in request.resources:
            for name, dependencies in one.propertyDependencies.items():
                found = [resources[urn] for urn in dependencies.urns if urn in resources]
                resources[one.urn].property_dependencies[name] = found
        first = request.resources[0].urn if request.resources else ""
        return self._told(self._stack_policies, StackValidationArgs(list(resources.values())), first)

    def _about(self, type_: str) -> list[ResourceValidationPolicy]:
        if type_ not in self._by_type:
            wanted = JUDGED.get(type_, JUDGED[EVERY])
            self._by_type[type_] = [
                one for one in self._resource_policies if one.name in wanted or one.name not in BY_ID
            ]
        return self._by_type[type_]

    def _told(self, policies: list[Any], args: Any, urn: str) -> analyzer_pb2.AnalyzeResponse:  # noqa: ANN401 - of either kind
        response = analyzer_pb2.AnalyzeResponse()
        levels = self._run.terms(urn).configuration.levels if urn else {}
        for policy in policies:
            rule = policy.name.removesuffix(RELATIONS)
            level = EnforcementLevel(levels[rule].value) if rule in levels else None
            report = self._create_report_violation(
                response,
                policy.name,
                policy.description,
                level or policy.enforcement_level,
                policy.severity,
            )
            policy.validate(args, report)
        return response


def _provider(request: Any) -> PolicyProviderResource | None:  # noqa: ANN401 - of either kind
    """Whether there is one is all that the policies ask."""
    if not request.HasField("provider"):
        return None
    return PolicyProviderResource(request.provider.type, {}, request.provider.urn, request.provider.name)


def _properties(properties: struct_pb2.Struct) -> Any:  # noqa: ANN401 - the SDK's proxies
    return unknown_checking_proxy(deserialize_properties(json_format.MessageToDict(properties)))
