"""Writes CloudFront's access log to the log groups that it is delivered to, and its metrics.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
"""

# ruff: noqa: SLF001 - MiniStack names its functions and stores privately

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from localcloud.aws.distribution_requests import ViewerRequest
from localcloud.aws.distribution_responses import LOCATION, Answer
from localcloud.aws.distributions import Distribution
from localcloud.aws.log_streams import LogStreams
from localcloud.aws.patches.upstream import Upstream

NAMESPACE = "AWS/CloudFront"
CLIENT_ERROR, SERVER_ERROR = 4, 5  # the first digit of a status
LOG_TYPE = "ACCESS_LOGS"
ABSENT = "-"
# What W3C's form of the log cannot hold as it is.
PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"\\')


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One place that a distribution's access log goes to.

    Attributes:
        group: name or ARN of the log group.
        fields: the fields of a line in their order, empty for all.
        form: `json`, `plain` or `w3c`.
        delimiter: between the fields of a line that is no JSON.
    """

    group: str
    fields: Sequence[str] = ()
    form: str = "json"
    delimiter: str = "\t"


@dataclass(kw_only=True)
class Traffic:
    """A request and its answer as the access log measures them.

    Attributes:
        request: of the viewer.
        answer: what it was answered.
        begin: when it arrived, seconds since 1970.
        received: bytes from the viewer.
        sent: bytes to the viewer.
        first_byte: seconds until the answer began.
    """

    request: ViewerRequest
    answer: Answer
    begin: float
    received: int
    sent: int
    first_byte: float = 0.0
    end: float = field(default_factory=time.time)


class AccessLog:
    """The access logs and metrics of all distributions."""

    def __init__(self) -> None:
        self._metric = Upstream("distribution_log", "services.cloudwatch").require(
            "record_metric", "namespace", "metric_name", "value", "unit", "dimensions"
        )
        logs = Upstream("distribution_log", "services.cloudwatch_logs")
        for store in ("_deliveries", "_delivery_sources", "_delivery_destinations"):
            logs.require(store)
        self._logs = logs.module
        self._streams = LogStreams("distribution_log")

    def write(self, distribution: Distribution, traffic: Traffic) -> None:
        """Write the lines and the metrics of an answered request; to be called in the distribution's account.

        Args:
            distribution: the distribution.
            traffic: the request and its answer.
        """
        self._measure(distribution, traffic)
        for delivery in self.deliveries_of(distribution.arn):
            line = rendered(fields_of(distribution, traffic), delivery)
            stream = f"CloudFront_{distribution.id}"
            self._streams.append(delivery.group, stream, [line], int(traffic.begin * 1000))

    def _measure(self, distribution: Distribution, traffic: Traffic) -> None:
        """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html."""
        kind = traffic.answer.status // 100
        values: dict[str, tuple[float, str]] = {
            "Requests": (1, "None"),
            "BytesDownloaded": (traffic.sent, "None"),
            "BytesUploaded": (traffic.received, "None"),
            "4xxErrorRate": (100.0 * (kind == CLIENT_ERROR), "Percent"),
            "5xxErrorRate": (100.0 * (kind == SERVER_ERROR), "Percent"),
            "TotalErrorRate": (100.0 * (kind in (CLIENT_ERROR, SERVER_ERROR)), "Percent"),
        }
        dimensions = {"DistributionId": distribution.id, "Region": "Global"}
        for name, (value, unit) in values.items():
            self._metric(NAMESPACE, name, value, unit, dimensions)

    def deliveries_of(self, distribution_arn: str) -> Iterator[Delivery]:
        """The log groups that the current account has a distribution's access log delivered to.

        Args:
            distribution_arn: ARN of the distribution.
        """
        destinations = {entry["arn"]: entry for entry in self._logs._delivery_destinations.values()}
        for delivery in self._logs._deliveries.values():
            source = self._logs._delivery_sources.get(delivery["deliverySourceName"]) or {}
            destination = destinations.get(delivery["deliveryDestinationArn"]) or {}
            if distribution_arn not in source.get("resourceArns", ()) or source["logType"] != LOG_TYPE:
                continue
            if destination.get("deliveryDestinationType") == "CWL":
                yield Delivery(
                    group=destination["deliveryDestinationConfiguration"]["destinationResourceArn"],
                    fields=delivery.get("recordFields") or (),
                    form=destination["outputFormat"],
                    delimiter=delivery.get("fieldDelimiter") or "\t",
                )


def rendered(values: Mapping[str, str], delivery: Delivery) -> str:
    """A line in the form of a delivery.

    Args:
        values: all fields.
        delivery: the delivery.
    """
    chosen = {name: values.get(name, ABSENT) for name in delivery.fields or values}
    return json.dumps(chosen) if delivery.form == "json" else delivery.delimiter.join(chosen.values())


def fields_of(distribution: Distribution, traffic: Traffic) -> dict[str, str]:
    """The fields of a line by AWS's names.

    Args:
        distribution: the distribution.
        traffic: the request and its answer.
    """
    request, answer = traffic.request, traffic.answer
    clock, headers = time.gmtime(traffic.begin), dict(answer.headers)
    length = len(answer.body)
    detail = answer.detail or answer.result
    return {
        "date": time.strftime("%Y-%m-%d", clock),
        "time": time.strftime("%H:%M:%S", clock),
        "x-edge-location": LOCATION,
        "sc-bytes": str(traffic.sent),
        "c-ip": request.address,
        "cs-method": request.method,
        "cs(Host)": distribution.domain,
        "cs-uri-stem": _escaped(request.path),
        "sc-status": str(answer.status),
        "cs(Referer)": _escaped(request.header("referer")),
        "cs(User-Agent)": _escaped(request.header("user-agent")),
        "cs-uri-query": _escaped(request.query),
        "cs(Cookie)": ABSENT,  # it may hold what signs its sender in
        "x-edge-result-type": answer.result,
        "x-edge-request-id": request.id,
        "x-host-header": _escaped(request.host),
        "cs-protocol": request.protocol,
        "cs-bytes": str(traffic.received),
        "time-taken": f"{traffic.end - traffic.begin:.3f}",
        "x-forwarded-for": _escaped(request.header("x-forwarded-for")),
        "ssl-protocol": ABSENT,
        "ssl-cipher": ABSENT,
        "x-edge-response-result-type": answer.result,
        "cs-protocol-version": f"HTTP/{request.version}",
        "fle-status": ABSENT,
        "fle-encrypted-fields": ABSENT,
        "c-port": ABSENT,
        "time-to-first-byte": f"{traffic.first_byte:.3f}",
        "x-edge-detailed-result-type": detail,
        "sc-content-type": _escaped(headers.get("content-type")),
        "sc-content-len": str(length) if length else ABSENT,
        "sc-range-start": ABSENT,
        "sc-range-end": ABSENT,
        "timestamp": str(int(traffic.begin)),
        "timestamp(ms)": str(int(traffic.begin * 1000)),
        "origin-fbl": ABSENT,
        "origin-lbl": ABSENT,
        "asn": ABSENT,
        "c-country": ABSENT,
        "cache-behavior-path-pattern": ABSENT,
        "distributionid": distribution.id,
        "DistributionId": distribution.id,
    }


def _escaped(text: str | None) -> str:
    return quote(text, safe=PRINTABLE) if text else ABSENT
