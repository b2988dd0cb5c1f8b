"""The type tokens that the rows name."""


def aws(path: str) -> str:
    """The token of a type: `aws("sqs/queue")` is `aws:sqs/queue:Queue`."""
    kind = path.rpartition("/")[2]
    return f"aws:{path}:{kind[:1].upper()}{kind[1:]}"


KEY = aws("kms/key")
TABLE = aws("dynamodb/table")
BUCKET, BUCKET_V2 = aws("s3/bucket"), aws("s3/bucketV2")
BUCKETS = (BUCKET, BUCKET_V2)
BUCKET_ENCRYPTIONS = (
    aws("s3/bucketServerSideEncryptionConfiguration"),
    aws("s3/bucketServerSideEncryptionConfigurationV2"),
)
BUCKET_LOGGINGS = (aws("s3/bucketLogging"), aws("s3/bucketLoggingV2"))
BUCKET_VERSIONINGS = (aws("s3/bucketVersioning"), aws("s3/bucketVersioningV2"))
BUCKET_BLOCK = aws("s3/bucketPublicAccessBlock")
BUCKET_POLICY = aws("s3/bucketPolicy")
QUEUE = aws("sqs/queue")
TOPIC, SUBSCRIPTION = aws("sns/topic"), aws("sns/topicSubscription")
FUNCTION = aws("lambda/function")
ALIAS = aws("lambda/alias")
MAPPING = aws("lambda/eventSourceMapping")
INVOKE_CONFIG = aws("lambda/functionEventInvokeConfig")
PERMISSION = aws("lambda/permission")
LOG_GROUP = aws("cloudwatch/logGroup")
SECRET, ROTATION = aws("secretsmanager/secret"), aws("secretsmanager/secretRotation")
PARAMETER = aws("ssm/parameter")
VAULT, SELECTION = aws("backup/vault"), aws("backup/selection")
MACHINE = aws("sfn/stateMachine")
REST_API, REST_STAGE, METHOD = aws("apigateway/restApi"), aws("apigateway/stage"), aws("apigateway/method")
METHOD_SETTINGS = aws("apigateway/methodSettings")
API, STAGE, ROUTE = aws("apigatewayv2/api"), aws("apigatewayv2/stage"), aws("apigatewayv2/route")
WEB_ACL, ASSOCIATION = aws("wafv2/webAcl"), aws("wafv2/webAclAssociation")
ACL_RULE, ACL_GROUP = aws("wafv2/webAclRule"), aws("wafv2/webAclRuleGroupAssociation")
ACL_LOGGING = aws("wafv2/webAclLoggingConfiguration")
STREAM = aws("kinesis/firehoseDeliveryStream")
DISTRIBUTION = aws("cloudfront/distribution")
DELIVERY, DELIVERY_SOURCE = aws("cloudwatch/logDelivery"), aws("cloudwatch/logDeliverySource")
AMPLIFY_APP, BRANCH = aws("amplify/app"), aws("amplify/branch")
USER_POOL, CLIENT = aws("cognito/userPool"), aws("cognito/userPoolClient")
ROLE, ROLE_POLICY, POLICY = aws("iam/role"), aws("iam/rolePolicy"), aws("iam/policy")
ROLE_ATTACHMENT, POLICY_ATTACHMENT = aws("iam/rolePolicyAttachment"), aws("iam/policyAttachment")
METRIC_ALARM, COMPOSITE_ALARM = aws("cloudwatch/metricAlarm"), aws("cloudwatch/compositeAlarm")
EVENT_TARGET, SCHEDULE, TOPIC_RULE = (
    aws("cloudwatch/eventTarget"),
    aws("scheduler/schedule"),
    aws("iot/topicRule"),
)
REDRIVE = aws("sqs/redrivePolicy")
PROVIDER = "pulumi:providers:aws"
