"""Makes metrics of log lines in the embedded metric format, as CloudWatch Logs does.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from localcloud.aws.patches.upstream import Upstream

MARK = '"_aws"'
MOST_DIMENSIONS = 30
MOST_METRICS = MOST_VALUES = 100
OLDEST_SECONDS = 14 * 24 * 3600
NEWEST_SECONDS = 2 * 3600

Point = tuple[str, str, float, str, dict[str, str]]


def apply() -> None:
    """Wrap the writing of log events.

    Raises:
        PatchError: MiniStack has changed.
    """
    logs = Upstream("embedded_metrics", "services.cloudwatch_logs")
    metrics = Upstream("embedded_metrics", "services.cloudwatch")
    bucket = metrics.require("_metric_bucket")
    key = metrics.require("_dims_key")

    def measuring(append: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def appended(stream: Any, events: Iterable[Mapping[str, Any]]) -> None:  # noqa: ANN401
            append(stream, events)
            for event in events:
                moment, points = read(str(event.get("message")))
                for namespace, name, value, unit, dimensions in points:
                    bucket((namespace, name, key(dimensions))).append(
                        {"Timestamp": moment, "Value": value, "Unit": unit, "Dimensions": dimensions}
                    )

        return appended

    logs.wrap("_append_log_events", "stream", "events", by=measuring)


def read(line: str) -> tuple[float, list[Point]]:
    """When a line was measured, and what it measures: nothing unless it is in the format.

    Args:
        line: the log line.
    """
    if MARK not in line or not line.startswith("{"):
        return 0.0, []
    try:
        document = json.loads(line)
        moment = float(document["_aws"]["Timestamp"]) / 1000
        directives = document["_aws"]["CloudWatchMetrics"]
        # One directive that does not hold makes the whole line no metric.
        points = [point for directive in directives for point in _points(document, directive)]
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return 0.0, []
    if not -NEWEST_SECONDS <= time.time() - moment <= OLDEST_SECONDS:
        return 0.0, []
    return moment, points


def _points(document: Mapping[str, Any], directive: Mapping[str, Any]) -> Iterator[Point]:
    namespace = directive["Namespace"]
    definitions = directive["Metrics"]
    if not namespace or not isinstance(namespace, str) or len(definitions) > MOST_METRICS:
        raise ValueError(namespace)
    for names in directive["Dimensions"]:
        if len(names) > MOST_DIMENSIONS:
            raise ValueError(names)
        dimensions = {name: _text(document[name]) for name in names}
        for definition in definitions:
            found = document[definition["Name"]]
            for value in (found if isinstance(found, list) else [found])[:MOST_VALUES]:
                yield (
                    namespace,
                    definition["Name"],
                    _number(value),
                    definition.get("Unit", "None"),
                    dimensions,
                )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(value)
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)
