"""Tags: which resources can carry them, and what a resource is tagged with in the end."""

import json
from collections.abc import Callable, Mapping
from typing import Literal

from policy.graph import UNKNOWN, Graph, Link, Missing, Resource, read
from policy.stages import AWS_PROVIDER

Accepts = Callable[[object], Link]
"""Whether a tag's value is as wanted."""


def has_tag(resource: Resource, graph: Graph, key: str, accepts: Accepts) -> Link:
    """Whether a resource carries a tag with a value as wanted: its own, else one of its provider's.

    A resource does not say which provider makes it: only what all providers agree on is certain.
    """
    own = (resource.read("tags"), resource.read("tagsAll"), read(resource.outputs, "tagsAll"))
    for tags in own:
        if isinstance(tags, Mapping) and key in tags:
            return accepts(tags[key])
    inherited = _inherited(graph, key, accepts)
    # What the provider computes is not known at preview; only an input says that the program adds tags.
    return UNKNOWN if inherited is False and UNKNOWN in own[:2] else inherited


def _inherited(graph: Graph, key: str, accepts: Accepts) -> Link:
    answers = {
        UNKNOWN if tags is UNKNOWN else key in tags and accepts(tags[key])
        for tags in map(_default_tags, graph.of(AWS_PROVIDER))
    }
    if len(answers) > 1:
        return UNKNOWN
    return answers.pop() if answers else False


def _default_tags(provider: Resource) -> Mapping[str, object] | Literal[Missing.UNKNOWN]:
    block = provider.read("defaultTags")
    if isinstance(block, str):
        try:
            block = json.loads(block)  # the engine hands a provider its inputs as JSON
        except ValueError:
            block = {}
    tags = read(block, "tags")
    if tags is UNKNOWN:
        return UNKNOWN
    return tags if isinstance(tags, Mapping) else {}


# Of the services that the platform uses; objects in buckets are data, not resources to account for.
TAGGABLE = (
    "aws:acm/certificate:Certificate",
    "aws:amplify/app:App",
    "aws:amplify/branch:Branch",
    "aws:apigateway/apiKey:ApiKey",
    "aws:apigateway/clientCertificate:ClientCertificate",
    "aws:apigateway/domainName:DomainName",
    "aws:apigateway/domainNameAccessAssociation:DomainNameAccessAssociation",
    "aws:apigateway/restApi:RestApi",
    "aws:apigateway/stage:Stage",
    "aws:apigateway/usagePlan:UsagePlan",
    "aws:apigateway/vpcLink:VpcLink",
    "aws:apigatewayv2/api:Api",
    "aws:apigatewayv2/domainName:DomainName",
    "aws:apigatewayv2/stage:Stage",
    "aws:apigatewayv2/vpcLink:VpcLink",
    "aws:backup/framework:Framework",
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault",
    "aws:backup/plan:Plan",
    "aws:backup/reportPlan:ReportPlan",
    "aws:backup/restoreTestingPlan:RestoreTestingPlan",
    "aws:backup/vault:Vault",
    "aws:bedrock/agentAgent:AgentAgent",
    "aws:bedrock/agentAgentAlias:AgentAgentAlias",
    "aws:bedrock/agentFlow:AgentFlow",
    "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase",
    "aws:bedrock/agentPrompt:AgentPrompt",
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime",
    "aws:bedrock/agentcoreAgentRuntimeEndpoint:AgentcoreAgentRuntimeEndpoint",
    "aws:bedrock/agentcoreApiKeyCredentialProvider:AgentcoreApiKeyCredentialProvider",
    "aws:bedrock/agentcoreBrowser:AgentcoreBrowser",
    "aws:bedrock/agentcoreBrowserProfile:AgentcoreBrowserProfile",
    "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter",
    "aws:bedrock/agentcoreEvaluator:AgentcoreEvaluator",
    "aws:bedrock/agentcoreGateway:AgentcoreGateway",
    "aws:bedrock/agentcoreHarness:AgentcoreHarness",
    "aws:bedrock/agentcoreMemory:AgentcoreMemory",
    "aws:bedrock/agentcoreOauth2CredentialProvider:AgentcoreOauth2CredentialProvider",
    "aws:bedrock/agentcoreOnlineEvaluationConfig:AgentcoreOnlineEvaluationConfig",
    "aws:bedrock/agentcorePolicyEngine:AgentcorePolicyEngine",
    "aws:bedrock/agentcoreWorkloadIdentity:AgentcoreWorkloadIdentity",
    "aws:bedrock/customModel:CustomModel",
    "aws:bedrock/evaluationJob:EvaluationJob",
    "aws:bedrock/guardrail:Guardrail",
    "aws:bedrock/inferenceProfile:InferenceProfile",
    "aws:bedrock/provisionedModelThroughput:ProvisionedModelThroughput",
    "aws:cloudfront/anycastIpList:AnycastIpList",
    "aws:cloudfront/connectionFunction:ConnectionFunction",
    "aws:cloudfront/connectionGroup:ConnectionGroup",
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudfront/distributionTenant:DistributionTenant",
    "aws:cloudfront/function:Function",
    "aws:cloudfront/keyValueStore:KeyValueStore",
    "aws:cloudfront/multitenantDistribution:MultitenantDistribution",
    "aws:cloudfront/trustStore:TrustStore",
    "aws:cloudfront/vpcOrigin:VpcOrigin",
    "aws:cloudwatch/alarmMuteRule:AlarmMuteRule",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws:cloudwatch/contributorInsightRule:ContributorInsightRule",
    "aws:cloudwatch/contributorManagedInsightRule:ContributorManagedInsightRule",
    "aws:cloudwatch/eventBus:EventBus",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/internetMonitor:InternetMonitor",
    "aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector",
    "aws:cloudwatch/logDelivery:LogDelivery",
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
    "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    "aws:cloudwatch/logDestination:LogDestination",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/metricStream:MetricStream",
    "aws:cognito/identityPool:IdentityPool",
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:dynamodb/tableReplica:TableReplica",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:iam/samlProvider:SamlProvider",
    "aws:iam/serverCertificate:ServerCertificate",
    "aws:iam/serviceLinkedRole:ServiceLinkedRole",
    "aws:iam/user:User",
    "aws:iam/virtualMfaDevice:VirtualMfaDevice",
    "aws:iot/authorizer:Authorizer",
    "aws:iot/billingGroup:BillingGroup",
    "aws:iot/caCertificate:CaCertificate",
    "aws:iot/domainConfiguration:DomainConfiguration",
    "aws:iot/policy:Policy",
    "aws:iot/provisioningTemplate:ProvisioningTemplate",
    "aws:iot/roleAlias:RoleAlias",
    "aws:iot/thingGroup:ThingGroup",
    "aws:iot/thingType:ThingType",
    "aws:iot/topicRule:TopicRule",
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/key:Key",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:lambda/capacityProvider:CapacityProvider",
    "aws:lambda/codeSigningConfig:CodeSigningConfig",
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws:lambda/function:Function",
    "aws:lambda/microvmsImage:MicrovmsImage",
    "aws:s3/accessPoint:AccessPoint",
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:s3/directoryBucket:DirectoryBucket",
    "aws:s3/filesAccessPoint:FilesAccessPoint",
    "aws:s3/filesFileSystem:FilesFileSystem",
    "aws:s3/vectorsIndex:VectorsIndex",
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
    "aws:secretsmanager/secret:Secret",
    "aws:sfn/activity:Activity",
    "aws:sfn/stateMachine:StateMachine",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
    "aws:ssm/activation:Activation",
    "aws:ssm/association:Association",
    "aws:ssm/contactsRotation:ContactsRotation",
    "aws:ssm/document:Document",
    "aws:ssm/maintenanceWindow:MaintenanceWindow",
    "aws:ssm/parameter:Parameter",
    "aws:ssm/patchBaseline:PatchBaseline",
    "aws:ssm/quicksetupConfigurationManager:QuicksetupConfigurationManager",
    "aws:wafv2/ipSet:IpSet",
    "aws:wafv2/regexPatternSet:RegexPatternSet",
    "aws:wafv2/ruleGroup:RuleGroup",
    "aws:wafv2/webAcl:WebAcl",
)
