"""AWS WAF's resources by their tokens, without the module that describes them.

`pulumi_aws.wafv2` spells out rules within rules, in five megabytes of classes: importing it takes as long as
importing all other services together. So inputs stand here as the provider names them, in camelCase; the
provider checks them all the same.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, ClassVar

import pulumi


class Wafv2Resource(pulumi.CustomResource):
    """A resource of AWS WAF.

    Attributes:
        kind: Its name in the provider, as in `webAcl:WebAcl`.
        arn: What other resources know it by.
    """

    kind: ClassVar[str]
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, Any],
        *,
        parent: pulumi.Resource,
        depends_on: Sequence[pulumi.Resource] = (),
    ) -> None:
        opts = pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(depends_on),
            version=version("pulumi-aws"),  # the provider that the other resources use
        )
        super().__init__(f"aws:wafv2/{self.kind}", name, {**inputs, "arn": None}, opts)


class WebAcl(Wafv2Resource):
    """https://www.pulumi.com/registry/packages/aws/api-docs/wafv2/webacl/."""

    kind = "webAcl:WebAcl"


class WebAclAssociation(Wafv2Resource):
    """https://www.pulumi.com/registry/packages/aws/api-docs/wafv2/webaclassociation/."""

    kind = "webAclAssociation:WebAclAssociation"


class WebAclLoggingConfiguration(Wafv2Resource):
    """https://www.pulumi.com/registry/packages/aws/api-docs/wafv2/webaclloggingconfiguration/."""

    kind = "webAclLoggingConfiguration:WebAclLoggingConfiguration"
