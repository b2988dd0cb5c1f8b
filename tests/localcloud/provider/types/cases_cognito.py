"""Amazon Cognito."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.localcloud.provider.types.case import Case

if TYPE_CHECKING:
    from tests.localcloud.provider.types.scene import Scene

CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


def pools(it: Scene) -> dict[str, Any]:
    names = ("users", "others")
    return {name: it.make("aws:cognito/userPool:UserPool", name=name)["id"] for name in names}


def pool(it: Scene) -> Any:
    return it.aws("cognito-idp").describe_user_pool(UserPoolId=it.id)["UserPool"]


def second_factors(it: Scene) -> Any:
    return it.aws("cognito-idp").get_user_pool_mfa_config(UserPoolId=it.id)


def client(it: Scene) -> Any:
    return it.aws("cognito-idp").describe_user_pool_client(UserPoolId=it.needs["users"], ClientId=it.id)[
        "UserPoolClient"
    ]


def domain(it: Scene) -> Any:
    return it.aws("cognito-idp").describe_user_pool_domain(Domain=it.id)["DomainDescription"]


def of_group(it: Scene, **values: Any) -> dict[str, Any]:
    return {"UserPoolId": it.needs["users"], "GroupName": "operators", **values}


CASES = [
    Case(
        type="aws:cognito/userPool:UserPool",
        inputs={
            "accountRecoverySetting": {"recoveryMechanisms": [{"name": "verified_email", "priority": 1}]},
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": True},
            "autoVerifiedAttributes": ["email"],
            "mfaConfiguration": "OPTIONAL",
            "passwordPolicy": {
                "minimumLength": 12,
                "requireLowercase": True,
                "requireNumbers": True,
                "requireSymbols": True,
                "requireUppercase": True,
            },
            "schemas": [{"name": "tenant", "attributeDataType": "String", "mutable": True}],
            "softwareTokenMfaConfiguration": {"enabled": True},
            "tags": {"owner": "us"},
            "usernameConfiguration": {"caseSensitive": False},
        },
        update={
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": False},
            "mfaConfiguration": "ON",
            "schemas": [
                {"name": "tenant", "attributeDataType": "String", "mutable": True},
                {"name": "level", "attributeDataType": "Number"},
            ],
        },
        seen=lambda it: [
            pool(it)["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"],
            second_factors(it)["MfaConfiguration"],
            sorted(one["Name"] for one in pool(it)["SchemaAttributes"] if ":" in one["Name"]),
            pool(it)["UserPoolTags"],
        ],
        expected=[False, "ON", ["custom:level", "custom:tenant"], {"owner": "us"}],
        replace={"aliasAttributes": ["preferred_username"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-cognito-userpool.html",
        drift=lambda it: it.aws("cognito-idp").set_user_pool_mfa_config(
            UserPoolId=it.id,
            MfaConfiguration="ON",
            SoftwareTokenMfaConfiguration={"Enabled": True},
        ),
        drifted={"mfaConfiguration"},
        vanish=lambda it: it.aws("cognito-idp").delete_user_pool(UserPoolId=it.id),
    ),
    Case(
        type="aws:cognito/userPoolClient:UserPoolClient",
        needs=pools,
        inputs=lambda it: {
            "accessTokenValidity": 30,
            "allowedOauthFlows": ["code"],
            "allowedOauthFlowsUserPoolClient": True,
            "allowedOauthScopes": ["openid", "email"],
            "callbackUrls": ["https://orders.example/signed-in"],
            "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "logoutUrls": ["https://orders.example/"],
            "preventUserExistenceErrors": "ENABLED",
            "supportedIdentityProviders": ["COGNITO"],
            "tokenValidityUnits": {"accessToken": "minutes"},
            "userPoolId": it.needs["users"],
        },
        update={"callbackUrls": ["https://orders.example/in"], "logoutUrls": []},
        seen=lambda it: [client(it)["CallbackURLs"], client(it)["LogoutURLs"]],
        expected=[["https://orders.example/in"], []],
        replace={"generateSecret": True},
        replace_page=f"{CLOUDFORMATION}/aws-resource-cognito-userpoolclient.html",
        drift=lambda it: it.aws("cognito-idp").update_user_pool_client(
            UserPoolId=it.needs["users"], ClientId=it.id, EnableTokenRevocation=False
        ),
        drifted={"enableTokenRevocation"},
        vanish=lambda it: it.aws("cognito-idp").delete_user_pool_client(
            UserPoolId=it.needs["users"], ClientId=it.id
        ),
        import_id=lambda it: f"{it.needs['users']}/{it.id}",
    ),
    Case(
        type="aws:cognito/userPoolDomain:UserPoolDomain",
        needs=pools,
        inputs=lambda it: {"domain": "orders", "userPoolId": it.needs["users"]},
        update={"managedLoginVersion": 2},
        seen=lambda it: domain(it)["ManagedLoginVersion"],
        expected=2,
        replace={"domain": "orders-too"},
        replace_page=f"{CLOUDFORMATION}/aws-resource-cognito-userpooldomain.html",
        drift=lambda it: it.aws("cognito-idp").update_user_pool_domain(
            UserPoolId=it.needs["users"], Domain="orders", ManagedLoginVersion=2
        ),
        drifted={"managedLoginVersion"},
        vanish=lambda it: it.aws("cognito-idp").delete_user_pool_domain(
            UserPoolId=it.needs["users"], Domain="orders"
        ),
    ),
    Case(
        type="aws:cognito/userGroup:UserGroup",
        needs=pools,
        inputs=lambda it: {
            "description": "they operate",
            "name": "operators",
            "precedence": 3,
            "userPoolId": it.needs["users"],
        },
        update={"precedence": 4},
        seen=lambda it: it.aws("cognito-idp").get_group(**of_group(it))["Group"]["Precedence"],
        expected=4,
        replace=lambda it: {"userPoolId": it.needs["others"]},
        replace_page=f"{CLOUDFORMATION}/aws-resource-cognito-userpoolgroup.html",
        drift=lambda it: it.aws("cognito-idp").update_group(**of_group(it, Description="they rest")),
        drifted={"description"},
        vanish=lambda it: it.aws("cognito-idp").delete_group(**of_group(it)),
    ),
]
