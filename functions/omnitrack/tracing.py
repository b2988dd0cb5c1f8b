"""Traces of X-Ray: a subsegment for each part of the work, and by themselves for the calls of AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from omnitrack.domain.errors import OmniTrackError
from omnitrack.environment import optional

if TYPE_CHECKING:
    from aws_lambda_powertools import Tracer


@cache
def tracer() -> "Tracer | None":
    """The traces; None where nobody collects them, as in tests: the library costs a quarter of a second."""
    if not optional("LAMBDA_TASK_ROOT") or optional("POWERTOOLS_TRACE_DISABLED"):
        return None
    from aws_lambda_powertools import Tracer  # noqa: PLC0415 - see above

    return Tracer(patch_modules=["botocore"])


@contextmanager
def span(name: str) -> Iterator[None]:
    """A part of the work as a subsegment of the trace; calls of AWS get theirs by themselves."""
    active = tracer()
    if active is None:
        yield
        return
    raised: Exception | None = None
    with active.provider.in_subsegment(name=name) as subsegment:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised below: a subsegment would keep its text
            raised = error
            if subsegment is not None and not isinstance(error, OmniTrackError):  # a refusal is an answer
                subsegment.add_fault_flag()  # type: ignore[attr-defined] # X-Ray has more than Powertools types
    if raised is not None:
        raise raised
