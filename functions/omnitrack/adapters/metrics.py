"""Business metrics as log lines in CloudWatch's embedded metric format."""

import json
from collections.abc import Callable
from datetime import datetime

NAMESPACE = "OmniTrack"
DIMENSION = "Environment"


class Metrics:
    """Counts by name, all in one namespace and with the environment as their only dimension.

    Powertools' own class always adds the service as a dimension, which would split what belongs together.
    """

    def __init__(self, environment: str, now: Callable[[], datetime]) -> None:
        self._environment = environment
        self._now = now

    def count(self, name: str, number: int = 1) -> None:
        """Add to a count, as in `wiring.metrics().count("ReadingsStored")`; nothing is said of zero."""
        if number == 0:
            return
        definition = {
            "Namespace": NAMESPACE,
            "Dimensions": [[DIMENSION]],
            "Metrics": [{"Name": name, "Unit": "Count"}],
        }
        line = {
            "_aws": {"Timestamp": int(self._now().timestamp() * 1000), "CloudWatchMetrics": [definition]},
            DIMENSION: self._environment,
            name: number,
        }
        print(json.dumps(line), flush=True)  # noqa: T201 - standard output is the function's log
