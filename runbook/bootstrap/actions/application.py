"""APIs, functions, users, workflows."""

from __future__ import annotations

from typing import Final

from runbook.bootstrap.actions.area import Area, arns, words

APPLICATION: Final = (
    Area(
        name="Apis",
        types=words(
            "apigateway/account:Account apigateway/deployment:Deployment apigateway/restApi:RestApi"
            " apigateway/methodSettings:MethodSettings apigateway/stage:Stage apigatewayv2/api:Api"
            " apigatewayv2/authorizer:Authorizer apigatewayv2/deployment:Deployment"
            " apigatewayv2/integration:Integration apigatewayv2/route:Route"
            " apigatewayv2/routeResponse:RouteResponse apigatewayv2/stage:Stage"
        ),
        service="apigateway",
        # Identifiers are AWS's own, so a name cannot narrow them; API keys and domains are not among them.
        resources=tuple(
            f"arn:aws:apigateway:{{region}}::/{path}"
            for path in ("account", "apis", "apis/*", "restapis", "restapis/*", "tags/*")
        ),
        reads=("GET",),
        changes=words("DELETE PATCH POST PUT SetWebACL UpdateRestApiPolicy"),
    ),
    Area(
        name="Functions",
        types=words(
            "lambda/alias:Alias lambda/function:Function lambda/layerVersion:LayerVersion"
            " lambda/permission:Permission lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
            " lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
        ),
        service="lambda",
        resources=arns("lambda", "function:{prefix}-*", "layer:{prefix}-*"),
        reads=words(
            "GetAlias GetFunction GetFunctionCodeSigningConfig GetFunctionConcurrency"
            " GetFunctionConfiguration GetFunctionEventInvokeConfig GetLayerVersion GetPolicy"
            " GetProvisionedConcurrencyConfig GetRuntimeManagementConfig ListTags ListVersionsByFunction"
        ),
        changes=words(
            "AddPermission CreateAlias CreateFunction DeleteAlias DeleteFunction DeleteFunctionConcurrency"
            " DeleteFunctionEventInvokeConfig DeleteLayerVersion DeleteProvisionedConcurrencyConfig"
            " PublishLayerVersion PublishVersion PutFunctionConcurrency PutFunctionEventInvokeConfig"
            " PutProvisionedConcurrencyConfig RemovePermission TagResource UntagResource UpdateAlias"
            " UpdateFunctionCode UpdateFunctionConfiguration UpdateFunctionEventInvokeConfig"
        ),
    ),
    Area(
        name="Mappings",
        types=("lambda/eventSourceMapping:EventSourceMapping",),
        service="lambda",
        resources=arns("lambda", "event-source-mapping:*"),
        reads=words("GetEventSourceMapping ListTags"),
        changes=words("DeleteEventSourceMapping TagResource UntagResource UpdateEventSourceMapping"),
        everywhere_changes=("CreateEventSourceMapping",),
    ),
    Area(
        name="Users",
        types=words(
            "cognito/userGroup:UserGroup cognito/userPool:UserPool cognito/userPoolClient:UserPoolClient"
            " cognito/userPoolDomain:UserPoolDomain"
        ),
        service="cognito-idp",
        resources=arns("cognito-idp", "userpool/*"),
        reads=words(
            "DescribeUserPool DescribeUserPoolClient GetGroup GetUserPoolMfaConfig GetWebACLForResource"
            " ListTagsForResource"
        ),
        changes=words(
            "AddCustomAttributes AssociateWebACL CreateGroup CreateUserPoolClient CreateUserPoolDomain"
            " DeleteGroup DeleteUserPool DeleteUserPoolClient DeleteUserPoolDomain DisassociateWebACL"
            " SetUserPoolMfaConfig TagResource UntagResource UpdateGroup UpdateUserPool UpdateUserPoolClient"
            " UpdateUserPoolDomain"
        ),
        everywhere_reads=("DescribeUserPoolDomain",),
        everywhere_changes=("CreateUserPool",),
    ),
    Area(
        name="Workflows",
        types=("sfn/stateMachine:StateMachine",),
        service="states",
        resources=arns("states", "stateMachine:{prefix}-*"),
        reads=words("DescribeStateMachine ListStateMachineVersions ListTagsForResource"),
        changes=words(
            "CreateStateMachine DeleteStateMachine PublishStateMachineVersion TagResource UntagResource"
            " UpdateStateMachine"
        ),
        everywhere_reads=("ValidateStateMachineDefinition",),
    ),
)
