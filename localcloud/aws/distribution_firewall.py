"""Puts the web ACL of a distribution in front of everything else that the distribution does."""

from localcloud.aws import firewall
from localcloud.aws.distribution_requests import ViewerRequest
from localcloud.aws.distribution_responses import Answer, page
from localcloud.aws.distributions import Distribution
from localcloud.aws.firewall_judge import CLOUDFRONT, Judge, inspected_bytes
from localcloud.aws.firewall_log import Source

BLOCKED = (
    "Request blocked. We can't connect to the server for this app or website at this time. "
    "There might be too much traffic or a configuration error. "
    "Try again later, or contact the app or website owner."
)
FORBIDDEN = 403


class DistributionFirewall:
    """Judges the requests of viewers, in the account of their distribution."""

    def __init__(self) -> None:
        self._judge = Judge("distribution_firewall")

    def judged(
        self, distribution: Distribution, request: ViewerRequest
    ) -> tuple[Answer | None, list[tuple[str, str]]]:
        """What a blocked request is answered, None for one that goes on; and the headers to put into it.

        Args:
            distribution: the distribution.
            request: of the viewer.
        """
        acl = self._judge.of_arn(distribution.web_acl) if distribution.web_acl else None
        if acl is None:
            return None, []
        judged = firewall.Request(
            method=request.method,
            path=request.path,
            query=request.parameters,
            headers=request.headers,
            body=request.body,
            client_ip=request.address,
            request_id=request.id,
            http_version=f"HTTP/{request.version}",
            inspected_bytes=inspected_bytes(acl, "CLOUDFRONT"),
        )
        source = Source(kind="CF", id=distribution.id, region=CLOUDFRONT)
        verdict = self._judge.judge(acl, judged, source)
        if verdict.allowed:
            return None, [(f"x-amzn-waf-{name.lower()}", value) for name, value in verdict.headers]
        return _refusal(request, verdict), []


def _refusal(request: ViewerRequest, verdict: firewall.Verdict) -> Answer:
    if verdict.body is not None:
        headers = [(name.lower(), value) for name, value in verdict.headers]
        if verdict.body:
            headers.append(("content-type", verdict.body_type))
        body = verdict.body.encode()
        return Answer(status=verdict.status, headers=headers, body=body, result="Error")
    if verdict.status == FORBIDDEN:
        return page(request, FORBIDDEN, BLOCKED)
    # The puzzle itself is not made here; a client without a browser sees the status alone on AWS too.
    action = ("x-amzn-waf-action", verdict.action.lower())
    return Answer(status=verdict.status, headers=[action], body=b"", result="Error")
