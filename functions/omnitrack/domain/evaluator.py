"""Nodes at their revisions, and what brings the alerts of nodes up to date with them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from omnitrack.domain import risk
from omnitrack.domain.alerts import Alert, AlertFilter, Alerts
from omnitrack.domain.evaluation import (
    CLOSED,
    Criticality,
    Judge,
    Judgement,
    Standings,
    Tally,
    close,
    evaluate,
)
from omnitrack.domain.notifications import Notification, Outbox
from omnitrack.domain.thresholds import Thresholds
from omnitrack.domain.twin import StoredNode, node_subject
from omnitrack.domain.values import moment_text

WORKERS = 8  # that look at nodes at once when all of them are looked at
ALERTS_AT_ONCE = 500
AGAIN = "@"  # sorts below CLOSED; what follows it is later than the revision, and earlier than the next


@dataclass(frozen=True, kw_only=True)
class NodeState:
    """What a node was at one moment; None says that it was removed. `created_at` tells its lives apart."""

    id: str
    created_at: str
    node: StoredNode | None

    @property
    def revision(self) -> str:
        """A text that grows with every write to the node, with its removal, and with its next life."""
        if self.node is None:
            return f"{self.created_at}#{CLOSED}"
        return f"{self.created_at}#{self.node.reading_count + self.node.version:015d}"

    def judgement(self, thresholds: Thresholds) -> Judgement:
        """What is wrong with the node; nothing any more when it is gone."""
        return Judgement(
            subject=node_subject(self.id),
            judge="state",
            revision=self.revision,
            findings=risk.findings(self.node, thresholds) if self.node else (),
        )


class NodeStates(Protocol):
    """Where nodes are looked up."""

    def current(self, node_id: str) -> NodeState | None:
        """The node as of now; None when there is none."""
        ...

    def everyone(self) -> Iterator[NodeState]:
        """All nodes, read page by page."""
        ...


@dataclass(frozen=True, kw_only=True)
class Evaluator:
    """Opens, repeats and resolves the alerts of nodes."""

    states: NodeStates
    standings: Standings
    alerts: Alerts
    outbox: Outbox
    criticality: Criticality
    thresholds: Thresholds

    def take(self, states: Sequence[NodeState], at: datetime) -> Tally:
        """Look at states of one node, in the order in which it had them."""
        judgements = [state.judgement(self.thresholds) for state in states]
        tally = evaluate(judgements, self.standings, self.criticality, at)
        if any(state.node is None for state in states):
            tally += self._close(states[0].id, "emissions", at)
        return tally

    def reconsider(self, node_id: str, at: datetime) -> Tally:
        """Look at a node as it is now, by the thresholds as they are now."""
        state = self.states.current(node_id)
        if state is not None:
            return self._look_again(state, at)
        return self._close(node_id, "state", at) + self._close(node_id, "emissions", at)

    def remind(self, alert_id: str) -> None:
        """Have people notified of an alert unless they were; raises AlertNotFoundError."""
        self._remind(self.alerts.get(alert_id))

    def repair(self, at: datetime) -> Tally:
        """Make good for images of the stream that got lost: look at every node and every unresolved alert."""
        tally, seen = Tally(), set()

        def take(state: NodeState) -> Tally:
            seen.add(state.id)
            return self._look_again(state, at)

        with ThreadPoolExecutor(WORKERS) as workers:
            for part in workers.map(take, self.states.everyone()):
                tally += part
        for alert in self._unresolved():
            if alert.node_id is not None and alert.node_id not in seen:
                tally += self.reconsider(alert.node_id, at)
            self._remind(alert)
        return tally

    def _look_again(self, state: NodeState, at: datetime) -> Tally:
        """Judge a node whether it was judged at this revision or not."""
        first = state.judgement(self.thresholds)
        again = replace(first, revision=f"{first.revision}{AGAIN}{moment_text(at)}", is_again=True)
        return evaluate([first, again], self.standings, self.criticality, at)

    def _close(self, node_id: str, judge: Judge, at: datetime) -> Tally:
        return close(
            node_subject(node_id),
            judge,
            self.standings,
            self.criticality,
            at,
            # The removal may be one that was told before, and the node may be there again.
            is_gone=lambda: self.states.current(node_id) is None,
        )

    def _unresolved(self) -> Iterator[Alert]:
        for status in ("open", "acknowledged"):
            wanted, after = AlertFilter(status=status), None
            while True:
                page, after = self.alerts.page(wanted, limit=ALERTS_AT_ONCE, after=after)
                yield from page
                if after is None:
                    break

    def _remind(self, alert: Alert) -> None:
        if alert.status != "resolved":
            self.outbox.send(Notification(alert_id=alert.id, cause="opened", severity=alert.severity))
