"""Holds a distribution to what it names, as CloudFront does: nothing is missing, or deleted under it.

https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html#API_CreateDistribution_Errors
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from localcloud.aws.patches.upstream import Upstream

ACM_REGION = "us-east-1"
NO_CERTIFICATE = (
    "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, "
    "or doesn't include a valid certificate chain."
)
NOT_COVERED = (
    "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) "
    "that you're trying to add."
)
CNAME_TAKEN = "One or more of the CNAMEs you provided are already associated with a different resource."
IN_USE = (
    "AWS WAF couldn’t perform the operation because your resource is being used by another resource or "  # noqa: RUF001
    "it’s associated with another resource."  # noqa: RUF001
)
# Member of a behavior -> what tells whether the policy exists, the code and the message where it does not.
POLICIES = {
    "cache_policy_id": ("_cache_policy", "NoSuchCachePolicy", "The cache policy does not exist."),
    "origin_request_policy_id": (
        "_origin_request_policy",
        "NoSuchOriginRequestPolicy",
        "The origin request policy does not exist.",
    ),
    "response_headers_policy_id": (
        "_response_headers_policy",
        "NoSuchResponseHeadersPolicy",
        "The response headers policy does not exist.",
    ),
}

Answer = Any


def apply() -> None:
    """Wrap the creation and change of distributions, and the deletion of what they name.

    Raises:
        PatchError: MiniStack has changed.
    """
    edge = Upstream("distribution_references", "services.cloudfront")
    waf = Upstream("distribution_references", "services.waf")
    certificates = Upstream("distribution_references", "services.acm")
    for name in ("_distributions", "_cache_policies", "_MANAGED_CACHE_POLICIES"):
        edge.require(name)
    edge.require("parse_distribution_dataplane_config", "dist")
    edge.require("origin_request_policy_config", "policy_id")
    edge.require("response_headers_policy_config", "policy_id")
    edge.require("live_function_code", "function_arn")
    edge.require("_function_arns_in", "dist")
    edge.require("_get_distribution_aliases", "dist")
    edge.require("_parse_body", "body")
    edge.require("_unwrap_distribution_create_xml", "root_el")
    edge.require("_error", "code", "message", "status")
    waf.require("web_acl_record", "uid", "scope")
    waf.require("_waf_err", "code", "message")
    certificates.require("_certificates")
    references = _References(edge.module, waf.module, certificates.module)
    edge.wrap("_create_distribution", "headers", "body", by=references.on_creation)
    edge.wrap("_update_distribution", "dist_id", "headers", "body", by=references.on_update)
    edge.wrap("_cf_delete_function", "name", "headers", by=references.on_deletion_of_function)
    waf.wrap("_delete_web_acl", "data", by=references.on_deletion_of_web_acl)


@dataclass(frozen=True)
class _Refusal:
    code: str
    message: str
    status: int = 400


class _References:
    """What a distribution names, and where it is kept."""

    def __init__(self, edge: Any, waf: Any, certificates: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._edge = edge
        self._waf = waf
        self._certificates = certificates

    def on_creation(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def create(headers: Any, body: bytes) -> Answer:  # noqa: ANN401
            config, _ = self._edge._unwrap_distribution_create_xml(self._edge._parse_body(body))
            return self._refused(config, "") or original(headers, body)

        return create

    def on_update(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def update(dist_id: str, headers: Any, body: bytes) -> Answer:  # noqa: ANN401
            if dist_id not in self._edge._distributions:
                return original(dist_id, headers, body)
            return self._refused(self._edge._parse_body(body), dist_id) or original(dist_id, headers, body)

        return update

    def on_deletion_of_function(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(name: str, headers: Any) -> Answer:  # noqa: ANN401
            suffix = f":function/{name}"
            arns = (arn for one in self._all() for arn in self._edge._function_arns_in(one))
            if any(arn.endswith(suffix) for arn in arns):
                message = f"The function {name} is associated with at least one cache behavior."
                return self._edge._error("FunctionInUse", message, 409)
            return original(name, headers)

        return delete

    def on_deletion_of_web_acl(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        def delete(data: dict[str, Any]) -> Answer:
            acl = self._waf.web_acl_record(data.get("Id", ""), data.get("Scope", "REGIONAL"))
            named = {_text(_config(one), "WebACLId") for one in self._all()}
            if acl and acl["LockToken"] == data.get("LockToken") and acl["ARN"] in named:
                return self._waf._waf_err("WAFAssociatedItemException", IN_USE)
            return original(data)

        return delete

    def _all(self) -> list[dict[str, Any]]:
        return list(self._edge._distributions.values())

    def _refused(self, config: ET.Element | None, own: str) -> Answer:
        """The answer to a configuration that CloudFront would not take."""
        if config is None:
            return None
        text = ET.tostring(config, encoding="unicode")
        record = {"Id": own, "config_xml": text}
        refusal = next(self._refusals(record, _config(record)), None)
        return refusal and self._edge._error(refusal.code, refusal.message, refusal.status)

    def _refusals(self, record: dict[str, Any], config: ET.Element) -> Iterator[_Refusal]:
        parsed = self._edge.parse_distribution_dataplane_config(record)
        groups = {_text(group, "Id") for group in config.iterfind("OriginGroups/Items/OriginGroup")}
        for behavior in filter(None, [parsed["default_behavior"], *parsed["ordered_behaviors"]]):
            if behavior["target_origin_id"] not in parsed["origins"].keys() | groups:
                yield _Refusal("NoSuchOrigin", "One or more of your origins do not exist.", 404)
            yield from self._missing_policies(behavior)
            for arn in behavior["functions"].values():
                if self._edge.live_function_code(arn) is None:
                    message = f"The function {arn} does not exist, or is not published."
                    yield _Refusal("InvalidFunctionAssociation", message)
        aliases = set(self._edge._get_distribution_aliases(record))
        others = (one for one in self._all() if one["Id"] != record["Id"])
        if any(aliases & set(self._edge._get_distribution_aliases(one)) for one in others):
            yield _Refusal("CNAMEAlreadyExists", CNAME_TAKEN, 409)
        acl = _text(config, "WebACLId")
        if acl.startswith("arn:") and not self._waf.web_acl_record(acl.rpartition("/")[2], "CLOUDFRONT"):
            yield _Refusal("InvalidWebACLId", f"Web ACL {acl} is not accessible by the requester.")
        yield from self._certificate_refusals(_text(config, "ViewerCertificate/ACMCertificateArn"), aliases)

    def _missing_policies(self, behavior: dict[str, Any]) -> Iterator[_Refusal]:
        for name, (find, code, message) in POLICIES.items():
            if behavior[name] and not getattr(self, find)(behavior[name]):
                yield _Refusal(code, message, 404)

    def _cache_policy(self, policy: str) -> object:
        return self._edge._cache_policies.get(policy) or self._edge._MANAGED_CACHE_POLICIES.get(policy)

    def _origin_request_policy(self, policy: str) -> object:
        return self._edge.origin_request_policy_config(policy)

    def _response_headers_policy(self, policy: str) -> object:
        return self._edge.response_headers_policy_config(policy)

    def _certificate_refusals(self, arn: str, aliases: Iterable[str]) -> Iterator[_Refusal]:
        if not arn:
            return
        found = self._certificates._certificates
        certificate = found.get_scoped(arn.split(":")[4], ACM_REGION, arn)
        if certificate is None or certificate["Status"] != "ISSUED":
            yield _Refusal("InvalidViewerCertificate", NO_CERTIFICATE)
            return
        names = {certificate["DomainName"], *certificate.get("SubjectAlternativeNames", ())}
        if certificate.get("Type") != "IMPORTED" and not all(_covers(names, alias) for alias in aliases):
            yield _Refusal("InvalidViewerCertificate", NOT_COVERED)


def _covers(names: set[str], alias: str) -> bool:
    """Whether a certificate is good for a domain: by its name, or by an asterisk for its first label."""
    return alias in names or f"*.{alias.partition('.')[2]}" in names


def _config(record: dict[str, Any]) -> ET.Element:
    """The configuration of a distribution, without namespaces."""
    root = ET.fromstring(record.get("config_xml") or "<DistributionConfig/>")  # noqa: S314 - upstream parsed it safely
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _text(element: ET.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()
