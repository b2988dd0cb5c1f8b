"""Which resources a stack consists of, as a tree that a review can read."""

from collections.abc import Callable, Iterator

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.program import STACKS, Deployed


def tree(deployed: Deployed, parent: str = "", indent: str = "") -> Iterator[str]:
    """A line per resource: type, logical name, the name that it gets, what it waits for."""
    known = {resource.urn: resource for resource in deployed.resources}
    for resource in deployed.resources:
        if (resource.parent if resource.parent in known else "") != parent:
            continue
        physical = resource.inputs.get("name") or resource.inputs.get("policyName") or ""
        waits = sorted(
            f"{known[urn].type.split(':')[-1]} {known[urn].name}"
            for urn in resource.depends_on
            if urn in known
        )
        line = f"{indent}{resource.type} {resource.name}"
        line += f" = {physical}" if physical and not resource.is_component else ""
        line += " (protected)" if resource.protect else ""
        yield line + (f"  <- {', '.join(waits)}" if waits else "")
        yield from tree(deployed, resource.urn, indent + "    ")


@pytest.mark.parametrize("stack", STACKS)
def test_the_graph_of_a_stack_is_as_reviewed(
    recorded: Callable[[str], Deployed], snapshot: SnapshotAssertion, stack: str
) -> None:
    """After a wanted change: `pytest tests/contract/test_graph.py --snapshot-update`, then read the diff."""
    assert "\n".join(tree(recorded(stack))) == snapshot
