"""What the cases on web ACLs are made of."""

from collections.abc import Sequence
from typing import Any

from policy.graph import Resource
from tests.policy.cases.case import resource, without_none

ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
ACL_RULE = "aws:wafv2/webAclRule:WebAclRule"
ACL_GROUP = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"

ACL_ARN = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/api/1"
STAGE_ARN = "arn:aws:apigateway:eu-west-1::/restapis/a1b2/stages/prod"
UNPROTECTED = "has no web ACL"


def association(
    resource_arn: object,
    acl_arn: object = ACL_ARN,
    *,
    of: Sequence[Resource] = (),
    acl: Sequence[Resource] = (),
) -> Resource:
    return resource(
        ASSOCIATION,
        without_none(resourceArn=resource_arn, webAclArn=acl_arn),
        name="association",
        sources={"resourceArn": of, "webAclArn": acl},
    )


def acl(**properties: Any) -> Resource:
    return resource(ACL, {"scope": "REGIONAL", **properties})


CLOUDFRONT_ACL = resource(ACL, {"scope": "CLOUDFRONT"}, name="edge")
REGIONAL_ACL = resource(ACL, {"scope": "REGIONAL"}, name="regional")
