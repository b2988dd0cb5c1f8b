"""A program that keeps every rule, of types and ways to write them that the platform does not use yet."""

import pulumi

from policy import guard
from policy.stages import retention_floor
from tests.policy.mutations.future import access, compute, edge, sign_in, storage

guard.install(stage=pulumi.get_stack(), retention_days=retention_floor(pulumi.get_stack()))
kept = storage.declare()
access.declare()
computed = compute.declare(kept)
acls = edge.declare(kept, computed)
sign_in.declare(acls)
guard.judge()
