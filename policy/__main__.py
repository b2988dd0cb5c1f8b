"""The policy pack: `pulumi preview --policy-pack policy` runs this file."""

from pulumi_policy import EnforcementLevel, PolicyPack

from policy.pack import policies

PolicyPack("omnitrack", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)
