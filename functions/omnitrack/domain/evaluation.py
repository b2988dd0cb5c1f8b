"""How alerts come, change and go: what one look at a subject says, compared with what was said before.

For each subject and judge there is one standing: the newest revision that was looked at, and the alerts
that are raised. A judgement whose revision is not newer changes nothing, and every step is saved under the
condition that the standing is still the one it started from. So whatever is repeated, delivered late or done
by two workers at once has no effect, and of each subject and rule one alert at most is unresolved.
Whoever asks for another look at a subject that has not changed, as after a change of thresholds, gives it
a revision between that of the subject and its next.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

from omnitrack.domain.alerts import NODE_SUBJECT, Alert, Finding, Rule, Severity
from omnitrack.domain.errors import UnavailableError

# `state` judges nodes by status and readings, `emissions` judges anything by the hourly snapshot.
Judge = Literal["state", "emissions"]
Criticality = Callable[[str], float]  # of a subject in the network, from 0 to 1

SEVERITY_WEIGHT, CRITICALITY_WEIGHT = 0.7, 0.3
WEIGHTS: Mapping[Severity, float] = {"low": 0.25, "medium": 0.5, "high": 0.75, "critical": 1.0}
ALERT_IDS = uuid.UUID("6a1f2c0e-6f0b-5c57-9a53-0f7a7a0d9b1e")
CLOSED = "~"  # sorts after every digit: what is closed in a life of the subject stays closed in it
MOST_TURNS = 8


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What one look at a subject found; `revision` is a text that grows with each change of the subject.

    `is_again` says that the subject is as it was judged before: only what is found otherwise matters then.
    """

    subject: str
    judge: Judge
    revision: str
    findings: Sequence[Finding] = ()
    is_again: bool = False

    @property
    def is_last(self) -> bool:
        """Whether the subject is gone."""
        return self.revision.endswith(CLOSED)


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An alert that is not resolved, and the finding that it was last about."""

    alert_id: str
    opened_at: datetime
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a judge last said of a subject; without a revision it has not said anything yet."""

    subject: str
    judge: Judge
    revision: str = ""
    raised: Mapping[Rule, Raised] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """An alert that goes on: how many new pieces of evidence there are, and what was found last."""

    alert_id: str
    finding: Finding
    times: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """From one standing to the next, with what happens to alerts on the way."""

    before: Standing
    after: Standing
    opened: Sequence[Raised] = ()
    repeated: Sequence[Repeat] = ()
    resolved: Sequence[Raised] = ()
    is_last: bool = False


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many alerts came and went."""

    opened: int = 0
    resolved: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(opened=self.opened + other.opened, resolved=self.resolved + other.resolved)


class Standings(Protocol):
    """Where standings are kept, with the alerts that follow from them."""

    def standing(self, subject: str, judge: Judge) -> Standing:
        """The standing as of now."""
        ...

    def save(self, step: Step, criticality: Criticality, at: datetime) -> bool:
        """Do the whole step or nothing; False when the standing is not `before` any more."""
        ...


def evaluate(
    judgements: Sequence[Judgement], standings: Standings, criticality: Criticality, at: datetime
) -> Tally:
    """Bring the alerts of one subject up to date with judgements of one judge, given in order.

    Raises:
        UnavailableError: Others keep changing the standing, or the table does not answer.
    """
    tally = Tally()
    for _ in range(MOST_TURNS):
        first = judgements[0]
        standing = standings.standing(first.subject, first.judge)
        for step in plan(standing, judgements, at):
            if not standings.save(step, criticality, at):
                break
            tally += Tally(opened=len(step.opened), resolved=len(step.resolved))
        else:
            return tally
    raise UnavailableError(f"the alerts of {judgements[0].subject} change too fast: try again")


def close(
    subject: str,
    judge: Judge,
    standings: Standings,
    criticality: Criticality,
    at: datetime,
    *,
    is_gone: Callable[[], bool] = lambda: True,
) -> Tally:
    """Resolve what is raised of a subject that is gone, when no image tells its last revision.

    Whether it is gone is asked after the standing was read: a subject that comes in between changes the
    standing, and then nothing is closed.
    """
    for _ in range(MOST_TURNS):
        standing = standings.standing(subject, judge)
        if not standing.revision or standing.revision.endswith(CLOSED) or not is_gone():
            return Tally()
        life = standing.revision.rpartition("#")[0] + "#" if "#" in standing.revision else standing.revision
        (step,) = plan(standing, [Judgement(subject=subject, judge=judge, revision=life + CLOSED)], at)
        if standings.save(step, criticality, at):
            return Tally(resolved=len(step.resolved))
    raise UnavailableError(f"the alerts of {subject} change too fast: try again")


def plan(standing: Standing, judgements: Iterable[Judgement], at: datetime) -> list[Step]:
    """The steps that the judgements lead to; those that nobody has to hear of one by one are done as one."""
    steps: list[Step] = []
    for judgement in judgements:
        before = steps[-1].after if steps else standing
        if judgement.revision <= before.revision or _repeats(judgement, before):
            continue
        step = _step(before, judgement, at)
        if steps and _continues(steps[-1], step):
            step = _together(steps.pop(), step)
        steps.append(step)
    return steps


def alert_of(raised: Raised, subject: str, criticality: float) -> Alert:
    """The alert as it is when it is opened."""
    finding = raised.finding
    return Alert(
        id=raised.alert_id,
        subject=subject,
        node_id=subject.removeprefix(NODE_SUBJECT) if subject.startswith(NODE_SUBJECT) else None,
        rule=finding.rule,
        severity=finding.severity,
        status="open",
        priority=priority(finding.severity, criticality),
        finding=finding.text,
        value=finding.value,
        threshold=finding.threshold,
        count=1,
        opened_at=raised.opened_at,
        updated_at=raised.opened_at,
    )


def priority(severity: Severity, criticality: float) -> float:
    """How soon someone should look, from 0 to 1."""
    return round(SEVERITY_WEIGHT * WEIGHTS[severity] + CRITICALITY_WEIGHT * criticality, 3)


def _repeats(judgement: Judgement, before: Standing) -> bool:
    known = {rule: raised.finding for rule, raised in before.raised.items()}
    return judgement.is_again and known == {finding.rule: finding for finding in judgement.findings}


def _step(before: Standing, judgement: Judgement, at: datetime) -> Step:
    found = {finding.rule: finding for finding in judgement.findings}
    known = before.raised
    opened = [_raised(judgement, finding, at) for rule, finding in found.items() if rule not in known]
    raised = {rule: replace(known[rule], finding=found[rule]) for rule in known if rule in found}
    return Step(
        before=before,
        after=replace(
            before, revision=judgement.revision, raised=raised | {one.finding.rule: one for one in opened}
        ),
        opened=opened,
        repeated=[
            Repeat(
                alert_id=known[rule].alert_id,
                finding=one.finding,
                times=int(one.finding.evidence != known[rule].finding.evidence),
            )
            for rule, one in raised.items()
            if one.finding != known[rule].finding
        ],
        resolved=[known[rule] for rule in known if rule not in found],
        is_last=judgement.is_last,
    )


def _raised(judgement: Judgement, finding: Finding, at: datetime) -> Raised:
    # Whoever comes to open the same alert once more gives it the same id.
    name = f"{judgement.subject}|{finding.rule}|{judgement.revision}"
    return Raised(alert_id=str(uuid.uuid5(ALERT_IDS, name)), opened_at=at, finding=finding)


def _continues(step: Step, following: Step) -> bool:
    """Whether two steps may be one: nobody has to hear of what lies between them."""
    severities = {rule: raised.finding.severity for rule, raised in step.after.raised.items()}
    changes = (step.opened, step.resolved, following.opened, following.resolved)
    return (
        not any(changes)
        and not following.is_last
        and all(
            severities[rule] == raised.finding.severity for rule, raised in following.after.raised.items()
        )
    )


def _together(step: Step, following: Step) -> Step:
    repeats = {repeat.alert_id: repeat for repeat in step.repeated}
    for repeat in following.repeated:
        earlier = repeats.get(repeat.alert_id)
        times = repeat.times + (earlier.times if earlier else 0)
        repeats[repeat.alert_id] = replace(repeat, times=times)
    return Step(before=step.before, after=following.after, repeated=list(repeats.values()))
