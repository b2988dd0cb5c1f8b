"""Emissions and the thresholds that raise alerts."""

from omnitrack.contract import Answer, Parameter, Route
from omnitrack.domain.access import Permission
from omnitrack.domain.emissions import EmissionThresholds, StoredEmissionThresholds, SustainabilityView
from omnitrack.examples import SUSTAINABILITY_ANSWER, THRESHOLDS_ANSWER, THRESHOLDS_EXAMPLE
from omnitrack.routes.shared import IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH

LARGEST_SOURCES = 500
USUAL_SOURCES = 50
USUAL_TREND = 30  # days
LONGEST_TREND = 90

ROUTES = (
    Route(
        method="GET",
        path="/v1/sustainability",
        function="sustainability",
        operation="read_sustainability",
        summary="Emissions by lane and node, and their trend",
        description="kg CO2e a day of the network, its largest sources, and the snapshots that are stored "
        "every hour. The emissions may be up to a minute old: `asOf` says when the network was read. A lane "
        "carries the share of its capacity that is used where it begins.",
        permission=Permission.VIEW_TWIN,
        parameters=(
            Parameter(
                name="limit",
                place="query",
                description="How many of the largest lanes and of the largest nodes are named.",
                schema={
                    "type": "integer",
                    "minimum": 1,
                    "maximum": LARGEST_SOURCES,
                    "default": USUAL_SOURCES,
                },
                example=10,
            ),
            Parameter(
                name="days",
                place="query",
                description="How many days the trend reaches back.",
                schema={"type": "integer", "minimum": 1, "maximum": LONGEST_TREND, "default": USUAL_TREND},
                example=30,
            ),
        ),
        answers=(
            Answer(
                status=200,
                description="The emissions.",
                bodies=(SustainabilityView,),
                example=SUSTAINABILITY_ANSWER,
            ),
        ),
    ),
    Route(
        method="PUT",
        path="/v1/sustainability/thresholds",
        function="sustainability",
        operation="put_thresholds",
        summary="Set the thresholds that raise alerts",
        description="Replaces all three; one that is left out raises no alert. Replacing needs `If-Match`. "
        "Alerts are raised and resolved by the hourly snapshot: the next one goes by the new thresholds.",
        permission=Permission.SET_THRESHOLDS,
        parameters=(IF_MATCH, IF_NONE_MATCH, IDEMPOTENCY_KEY),
        body=EmissionThresholds,
        body_example=THRESHOLDS_EXAMPLE,
        answers=(
            Answer(
                status=200,
                description="Replaced.",
                bodies=(StoredEmissionThresholds,),
                headers=("ETag",),
                example=THRESHOLDS_ANSWER,
            ),
            Answer(
                status=201,
                description="Set for the first time.",
                bodies=(StoredEmissionThresholds,),
                headers=("ETag",),
                example={**THRESHOLDS_ANSWER, "version": 1},
            ),
        ),
        errors={
            409: "The Idempotency-Key came with another request before, or that is still being served.",
            412: "They are not in the version named, or they exist against `If-None-Match`.",
            428: "They are set already, and `If-Match` is missing.",
        },
    ),
)
