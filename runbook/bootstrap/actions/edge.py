"""The edge, which lives in us-east-1 wherever the stack is; names, secrets and schedules."""

from __future__ import annotations

from typing import Final

from runbook.bootstrap.actions.area import Area, arns, words

EDGE: Final = (
    Area(
        name="Distributions",
        types=words(
            "cloudfront/distribution:Distribution cloudfront/function:Function"
            " cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
        ),
        service="cloudfront",
        # Identifiers are AWS's own, so a name cannot narrow them; only functions have names.
        resources=(
            "arn:aws:cloudfront::{account}:distribution/*",
            "arn:aws:cloudfront::{account}:function/{prefix}-*",
            "arn:aws:cloudfront::{account}:response-headers-policy/*",
        ),
        reads=words(
            "DescribeFunction GetDistribution GetDistributionConfig GetFunction GetResponseHeadersPolicy"
            " ListTagsForResource"
        ),
        changes=words(
            "AllowVendedLogDeliveryForResource DeleteDistribution DeleteFunction DeleteResponseHeadersPolicy"
            " PublishFunction TagResource UntagResource UpdateDistribution UpdateFunction"
            " UpdateResponseHeadersPolicy"
        ),
        everywhere_changes=words("CreateDistribution CreateFunction CreateResponseHeadersPolicy"),
    ),
    Area(
        name="EdgeFirewall",
        types=(),
        service="wafv2",
        resources=(
            "arn:aws:wafv2:us-east-1:{account}:global/webacl/{prefix}*/*",
            "arn:aws:wafv2:us-east-1:{account}:global/managedruleset/*/*",
        ),
        reads=words("GetLoggingConfiguration GetWebACL ListTagsForResource"),
        changes=words(
            "CreateWebACL DeleteLoggingConfiguration DeleteWebACL PutLoggingConfiguration TagResource"
            " UntagResource UpdateWebACL"
        ),
    ),
    Area(
        name="EdgeLogs",
        types=(),
        service="logs",
        resources=(
            "arn:aws:logs:us-east-1:{account}:log-group:/aws/cloudfront/{prefix}-*",
            "arn:aws:logs:us-east-1:{account}:log-group:aws-waf-logs-{prefix}-*",
        ),
        reads=("ListTagsForResource",),
        changes=words(
            "AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey"
            " PutRetentionPolicy TagResource UntagResource"
        ),
    ),
    Area(
        name="EdgeLogDelivery",
        types=words(
            "cloudwatch/logDelivery:LogDelivery"
            " cloudwatch/logDeliveryDestination:LogDeliveryDestination"
            " cloudwatch/logDeliverySource:LogDeliverySource"
        ),
        service="logs",
        # A delivery has an identifier of AWS's making.
        resources=(
            "arn:aws:logs:us-east-1:{account}:delivery:*",
            "arn:aws:logs:us-east-1:{account}:delivery-destination:{prefix}-*",
            "arn:aws:logs:us-east-1:{account}:delivery-source:{prefix}-*",
        ),
        reads=words("GetDelivery GetDeliveryDestination GetDeliverySource ListTagsForResource"),
        changes=words(
            "CreateDelivery DeleteDelivery DeleteDeliveryDestination DeleteDeliverySource"
            " PutDeliveryDestination PutDeliverySource TagResource UntagResource UpdateDeliveryConfiguration"
        ),
        everywhere_reads=("DescribeDeliveries",),
    ),
    Area(
        name="Certificates",
        types=("acm/certificate:Certificate", "acm/certificateValidation:CertificateValidation"),
        service="acm",
        resources=("arn:aws:acm:us-east-1:{account}:certificate/*",),
        reads=words("DescribeCertificate ListTagsForCertificate"),
        changes=words("AddTagsToCertificate DeleteCertificate RemoveTagsFromCertificate"),
        everywhere_changes=("RequestCertificate",),
    ),
    Area(
        name="Records",
        types=("route53/record:Record",),
        service="route53",
        # The zone is a setting, which this does not read; its records are the domain's owner's to guard.
        resources=("arn:aws:route53:::change/*", "arn:aws:route53:::hostedzone/*"),
        reads=words("GetChange GetHostedZone ListResourceRecordSets"),
        changes=("ChangeResourceRecordSets",),
    ),
    Area(
        name="Secrets",
        types=words(
            "secretsmanager/secret:Secret secretsmanager/secretPolicy:SecretPolicy"
            " secretsmanager/secretVersion:SecretVersion"
        ),
        service="secretsmanager",
        resources=arns("secretsmanager", "secret:{prefix}-*"),
        # The provider compares the value that is there with the one that the state has.
        reads=words("DescribeSecret GetResourcePolicy GetSecretValue"),
        changes=words(
            "CreateSecret DeleteResourcePolicy DeleteSecret PutResourcePolicy PutSecretValue"
            " TagResource UntagResource UpdateSecret UpdateSecretVersionStage ValidateResourcePolicy"
        ),
    ),
    Area(
        name="Schedules",
        types=("scheduler/schedule:Schedule",),
        service="scheduler",
        resources=arns("scheduler", "schedule/default/{prefix}-*"),
        reads=("GetSchedule",),
        changes=words("CreateSchedule DeleteSchedule UpdateSchedule"),
    ),
)
