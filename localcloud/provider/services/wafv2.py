"""AWS WAF: https://docs.aws.amazon.com/waf/latest/APIReference/."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import TYPE_CHECKING, Any

from localcloud.provider.cloud import CallError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags
from localcloud.provider.values import contains_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.row import Values
    from localcloud.provider.shapes import Request


BODY = ("key", "content", "contentType")


class WebAclResource(Resource):
    """A web ACL; each change needs the token of the last one."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """Rules are written in one of two ways."""
        text = inputs.get("ruleJson")
        if text and inputs.get("rules"):
            yield "ruleJson", "must be left out beside rules"
        if isinstance(text, str):
            try:
                json.loads(text)
            except ValueError:
                yield "ruleJson", "must be the JSON text of a list of rules"

    def request(self, operation: str, values: Values) -> Request:
        """Rules in JSON are already in AWS's own form; bodies are a list here and a map there."""
        bodies = values.get("customResponseBodies") or []
        kept = {name: value for name, value in values.items() if name != "customResponseBodies"}
        request = super().request(operation, kept)
        if operation not in {self.create, "UpdateWebACL"}:
            return request
        text = values.get("ruleJson")
        request.placed |= {
            "ruleJson",
            *(f"customResponseBodies.{name}" for name in BODY),
            "customResponseBodies",
        }
        request.origins["CustomResponseBodies"] = "customResponseBodies"
        if bodies and not contains_unknown(bodies):
            request.members["CustomResponseBodies"] = {
                body["key"]: {"Content": body["content"], "ContentType": body["contentType"]}
                for body in bodies
            }
        if isinstance(text, str) and text:
            with contextlib.suppress(ValueError):  # `problems` has said so
                request.members["Rules"] = json.loads(text, object_hook=_with_bytes)
        # A web ACL without rules says so: what an update does not mention may stay.
        request.members.setdefault("Rules", [])
        return request

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Create it and keep its id, which is no property of the SDK."""
        answer = cloud.call("wafv2", "CreateWebACL", self.request("CreateWebACL", values).members)
        return {**self.properties(answer["Summary"]), "__id": answer["Summary"]["Id"]}

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Send the whole web ACL: what an update leaves out is gone."""
        if changed - {"tags"}:
            self._with_token(cloud, "UpdateWebACL", self.request("UpdateWebACL", values).members, values)

    def run_delete(self, cloud: Cloud, values: Values) -> None:
        """Delete it."""
        self._with_token(cloud, "DeleteWebACL", self._key(values), values)

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """The web ACL with its token."""
        try:
            answer = cloud.call("wafv2", "GetWebACL", self._key(values))
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        acl = answer["WebACL"]
        bodies = acl.pop("CustomResponseBodies", {})
        return {
            "rules": [],
            **self.properties({**answer, **acl}),
            "ruleJson": _as_json(acl.get("Rules", [])),
            "customResponseBodies": [
                {"key": key, "content": body["Content"], "contentType": body["ContentType"]}
                for key, body in bodies.items()
            ],
        }

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Its scope, which no answer tells, and the rules in the form that the program uses."""
        del found["rules" if values.get("ruleJson") else "ruleJson"]
        return {**found, "scope": values["scope"]}

    def from_id(self, resource_id: str) -> dict[str, str]:
        """The id alone; an import names `id/name/scope`."""
        return dict(zip(("__id", "name", "scope"), resource_id.split("/"), strict=False))

    def id_of(self, values: Values) -> str:
        """The id of the web ACL."""
        return str(values["__id"])

    def _key(self, values: Values) -> dict[str, Any]:
        return {"Name": values["name"], "Scope": values["scope"], "Id": values["__id"]}

    def _with_token(self, cloud: Cloud, operation: str, members: Values, values: Values) -> None:
        key = self._key(values)
        token = cloud.call("wafv2", "GetWebACL", key)["LockToken"]
        cloud.call("wafv2", operation, {**members, **key, "LockToken": token})


def _with_bytes(block: dict[str, Any]) -> dict[str, Any]:
    """JSON has no bytes: what a byte match looks for is in base64."""
    text = block.get("SearchString")
    return {**block, "SearchString": base64.b64decode(text)} if isinstance(text, str) else block


def _as_json(rules: list[dict[str, Any]]) -> str:
    return json.dumps(rules, default=lambda sought: base64.b64encode(sought).decode())


class AssociationResource(Resource):
    """The protection of one resource by one web ACL."""

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Ask which web ACL protects the resource."""
        try:
            answer = cloud.call("wafv2", "GetWebACLForResource", {"ResourceArn": values["resourceArn"]})
        except CallError as error:
            if error.means_not_found(self.not_found):
                return None
            raise
        arn = answer.get("WebACL", {}).get("ARN")
        return {"webAclArn": arn, "resourceArn": values["resourceArn"]} if arn else None


class LoggingResource(Resource):
    """Where a web ACL's log goes; each change sends the whole configuration."""

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Send it: what is left out is gone."""
        if changed:
            cloud.call("wafv2", self.create, self.request(self.create, values).members)

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Log groups are named without the trailing `:*`."""
        arns = found.get("logDestinationConfigs", [])
        return {
            **super().from_cloud(found, values),
            "logDestinationConfigs": [arn.removesuffix(":*") for arn in arns],
        }


RESOURCES: tuple[Resource, ...] = (
    WebAclResource(
        type="aws:wafv2/webAcl:WebAcl",
        service="wafv2",
        create="CreateWebACL",
        reads=(Read(operation="GetWebACL"),),
        updates=(Call(operation="UpdateWebACL"),),
        delete="DeleteWebACL",
        id="{__id}/{name}/{scope}",
        imports="{__id}/{name}/{scope}",
        name=Name(longest=128),
        names={"__id": "Id", "applicationIntegrationUrl": "ApplicationIntegrationURL"},
        json=("ruleJson",),
        replace=("name", "namePrefix", "scope"),
        volatile=("capacity", "lockToken"),
        tags=Tags(read="ListTagsForResource"),
        not_found=("WAFNonexistentItemException",),
        retry=("WAFAssociatedItemException", "WAFOptimisticLockException"),
        limits={
            "name": Limit(longest=128, pattern=r"[\w-]+"),
            "scope": Limit(values=("REGIONAL", "CLOUDFRONT")),
        },
    ),
    AssociationResource(
        type="aws:wafv2/webAclAssociation:WebAclAssociation",
        service="wafv2",
        create="AssociateWebACL",
        reads=(Read(operation="GetWebACLForResource"),),
        delete="DisassociateWebACL",
        id="{webAclArn},{resourceArn}",
        replace=("resourceArn", "webAclArn"),
        # The call that removes an association names no web ACL: it would take the new one away.
        delete_first=True,
        # A web ACL or stage that was just made settles for a while.
        retry=("WAFUnavailableEntityException",),
    ),
    LoggingResource(
        type="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        service="wafv2",
        create="PutLoggingConfiguration",
        reads=(Read(operation="GetLoggingConfiguration", at="LoggingConfiguration"),),
        updates=(Call(operation="PutLoggingConfiguration"),),
        delete="DeleteLoggingConfiguration",
        id="{resourceArn}",
        containers=("LoggingConfiguration",),
        replace=("resourceArn",),
        limits={
            # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
            "logDestinationConfigs": Limit(pattern=r"arn:.*[:/]aws-waf-logs-.+"),
        },
    ),
)
