"""Rules at their own levels: what a stage has switched off in `policy/config/` is tested like the others."""

from dataclasses import replace

from policy.judgement import Terms
from policy.pack import Run


def own_levels(terms: Terms) -> Terms:
    """The terms without the levels that the stage asks for."""
    return replace(terms, configuration=replace(terms.configuration, levels={}))


class OwnLevels(Run):
    """A run of the pack in which no stage has another level for a rule."""

    def terms(self, urn: str) -> Terms:
        """The terms of a resource's stack, each rule at its own level."""
        return own_levels(super().terms(urn))
