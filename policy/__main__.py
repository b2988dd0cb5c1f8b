"""The policy pack: `pulumi preview --policy-pack policy` runs this file."""

import functools

import pulumi_policy.policy as sdk
from pulumi_policy import EnforcementLevel, PolicyPack

from policy.analyzer import Analyzer
from policy.pack import Run, policies

run = Run()
sdk._PolicyAnalyzerServicer = functools.partial(Analyzer, run)  # type: ignore[misc,assignment] # noqa: SLF001 - PolicyPack starts this one
PolicyPack("omnitrack", policies=policies(run), enforcement_level=EnforcementLevel.MANDATORY)
