"""Histories of a node, delivered in any order, in part and twice: alerts end as the newest image says."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from omnitrack.domain.errors import UnavailableError
from omnitrack.domain.evaluator import NodeState
from omnitrack.domain.sensors import Reading
from omnitrack.domain.thresholds import USUAL

from tests.functions.alert_fakes import BORN, Alarm, gone, state
from tests.functions.calls import NOW
from tests.functions.fakes import InMemoryNetwork, InMemoryReadings
from tests.functions.test_risk import node


@dataclass
class Told:
    """What an alert must have come to, by the plainest reading of the rules."""

    rule: str
    severity: str
    evidence: str
    count: int = 1
    resolved: bool = False


def told(states: list[NodeState]) -> list[Told]:
    alerts: list[Told] = []
    for each in states:
        found = {finding.rule: finding for finding in each.judgement(USUAL).findings}
        current = {alert.rule: alert for alert in alerts if not alert.resolved}
        for rule, known in current.items():
            if rule not in found:
                known.resolved = True
        for rule, seen in found.items():
            if rule not in current:
                alerts.append(Told(rule=rule, severity=seen.severity, evidence=seen.evidence))
                continue
            current[rule].count += int(current[rule].evidence != seen.evidence)
            current[rule].severity, current[rule].evidence = seen.severity, seen.evidence
    return alerts


def _states(changes: list[tuple[float, float, str, bool]]) -> list[NodeState]:
    made: list[NodeState] = []
    for number, (used, held, status, removed) in enumerate(changes, start=1):
        born = f"2026-11-24T08:00:{sum(one.node is None for one in made):02d}.000000Z"
        metrics = {"utilization": used, "inventory": held}
        made.append(state(number, born=born, latest=metrics, message=f"m{number}", status=status))
        if removed:
            made.append(gone(born=born))
    return made


histories = st.lists(
    st.tuples(
        st.sampled_from([0.5, 0.87, 0.97]),
        st.sampled_from([50.0, 15.0, 5.0]),
        st.sampled_from(["operational", "offline"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
).map(_states)


@given(history=histories, data=st.data())
def test_batches_that_fail_and_come_again_end_in_exactly_what_the_history_says(
    history: list[NodeState], data: st.DataObject
) -> None:
    alarm, done = Alarm(), 0
    while done < len(history):
        start = data.draw(st.integers(0, done), label="delivered from")
        end = data.draw(st.integers(done + 1, len(history)), label="delivered to")
        alarm.alerts.failures = data.draw(st.lists(st.sampled_from(["", "before", "after"]), max_size=3))
        try:
            alarm.evaluator.take(history[start:end], NOW)
        except UnavailableError:
            continue
        done = end
    expected = [(one.rule, one.severity, one.count, one.resolved) for one in told(history)]
    found = [
        (one.rule, one.severity, one.count, one.status == "resolved") for one in alarm.alerts.alerts.values()
    ]
    assert sorted(found) == sorted(expected)


@given(history=histories.flatmap(lambda states: st.tuples(st.just(states), st.permutations(states * 2))))
def test_images_in_any_order_end_as_the_newest_says_with_one_alert_at_most(
    history: tuple[list[NodeState], list[NodeState]],
) -> None:
    states, deliveries = history
    alarm = Alarm()
    for delivered in deliveries:
        alarm.evaluator.take([delivered], NOW)
    newest = states[-1].judgement(USUAL).findings
    assert sorted((one.rule, one.severity) for one in alarm.alerts.unresolved) == sorted(
        (one.rule, one.severity) for one in newest
    )


readings = st.builds(
    lambda number, age, used: Reading(
        message_id=f"m{number}",
        node_id="a",
        timestamp=NOW - timedelta(seconds=age),
        sensor_type="stock",
        metrics={"utilization": used},
        source="test",
    ),
    number=st.integers(0, 20),
    age=st.integers(0, 5),
    used=st.sampled_from([0.5, 0.87, 0.97]),
)


@given(
    deliveries=st.lists(
        readings, min_size=1, max_size=8, unique_by=lambda reading: reading.message_id
    ).flatmap(lambda sent: st.permutations(sent * 2)),
    data=st.data(),
)
def test_readings_in_any_order_and_number_end_as_the_newest_of_them_says(
    deliveries: list[Reading], data: st.DataObject
) -> None:
    alarm, network = Alarm(), InMemoryNetwork(nodes={"a": node()})
    store = InMemoryReadings(network)
    history = [NodeState(id="a", created_at=BORN, node=network.nodes["a"])]
    history += [
        NodeState(id="a", created_at=BORN, node=network.nodes["a"])
        for reading in deliveries
        if store.record(reading, NOW) == "stored"
    ]
    done = 0
    while done < len(history):
        start, end = data.draw(st.integers(0, done)), data.draw(st.integers(done + 1, len(history)))
        alarm.evaluator.take(history[start:end], NOW)
        done = end
    newest = max(deliveries, key=lambda reading: (reading.timestamp, reading.message_id))
    expected = {0.5: [], 0.87: ["high"], 0.97: ["critical"]}[newest.metrics["utilization"]]
    assert [alert.severity for alert in alarm.alerts.unresolved] == expected
    counts = [(alert.count, alert.status == "resolved") for alert in alarm.alerts.alerts.values()]
    assert counts == [(one.count, one.resolved) for one in told(history)]
