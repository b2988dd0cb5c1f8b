"""Amazon Cognito user pools: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.provider.errors import ProviderError
from localcloud.provider.resource import Resource
from localcloud.provider.row import Call, Limit, Name, Read, Tags, Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.provider.cloud import Cloud
    from localcloud.provider.shapes import Request

SECOND_FACTORS = ("emailMfaConfiguration", "smsConfiguration", "softwareTokenMfaConfiguration")
# CloudFront's own zone, the same for every distribution.
# https://docs.aws.amazon.com/Route53/latest/APIReference/API_AliasTarget.html
CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
# One hour, which AWS assumes for access and id tokens, in each unit.
HOUR = {"seconds": 3_600, "minutes": 60, "hours": 1, "days": 1}
OAUTH = ("allowedOauthFlows", "allowedOauthScopes", "callbackUrls", "logoutUrls")
LISTS = (*OAUTH, "explicitAuthFlows", "readAttributes", "supportedIdentityProviders", "writeAttributes")


class UserPoolResource(Resource):
    """A user pool; its second factors are set by a call of their own, before the update that names them."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """A pool that asks for a second factor must have one."""
        if inputs.get("aliasAttributes") and inputs.get("usernameAttributes"):
            yield "aliasAttributes", "must be left out beside usernameAttributes"
        if inputs.get("mfaConfiguration") in {"ON", "OPTIONAL"} and not inputs.keys() & {*SECOND_FACTORS}:
            yield "mfaConfiguration", f"needs one of {', '.join(SECOND_FACTORS)} unless it is OFF"

    def properties(self, answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an answer of AWS
        """The properties and the id."""
        found = super().properties(answer)
        return {**found, "id": answer["Id"]} if "Id" in answer else found

    def request(self, operation: str, values: Values) -> Request:
        """Second factors have a call of their own; an update repeats the tags, which it would drop."""
        if operation == self.create:
            values = {name: value for name, value in values.items() if name != "mfaConfiguration"}
        request = super().request(operation, values)
        if operation == "UpdateUserPool" and isinstance(values.get("tagsAll"), Mapping):
            request.members["UserPoolTags"] = dict(values["tagsAll"])
        if operation == "SetUserPoolMfaConfig" and values.get("smsConfiguration"):
            names = ("smsAuthenticationMessage", "smsConfiguration")
            sms = super().request("UpdateUserPool", {name: values.get(name) for name in names})
            request.members["SmsMfaConfiguration"] = sms.members
        return request

    def run_create(self, cloud: Cloud, values: Values) -> Values:
        """Create it; the answer is full of empty texts, which no later call takes."""
        found = super().run_create(cloud, values)
        return {name: found[name] for name in ("arn", "id")}

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """Add attributes; AWS neither changes nor removes those that it has."""
        if "schemas" in changed:
            self._add_attributes(cloud, values)
        super().run_update(cloud, values, changed)

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """Attributes without those that every pool has, and without their prefix."""
        own = {schema.get("name") for schema in values.get("schemas") or ()}
        found["schemas"] = [
            {**schema, "name": schema["name"].rpartition(":")[2]}
            for schema in found.get("schemas", ())
            if ":" in schema["name"] or schema["name"] in own
        ]
        return {name: value for name, value in found.items() if value != {}}

    def _add_attributes(self, cloud: Cloud, values: Values) -> None:
        found = self.from_cloud(self.run_read(cloud, values) or {}, values)
        known = {schema["name"]: schema for schema in found["schemas"]}
        wanted = {schema["name"]: schema for schema in values.get("schemas") or ()}
        kept = known.keys() & wanted.keys()
        changed = [n for n in kept if any(known[n].get(key) != value for key, value in wanted[n].items())]
        for name in sorted({*changed, *(known.keys() - wanted.keys())}):
            raise ProviderError(
                f"the attribute {name} of user pool {values['id']} can neither change nor go away: "
                "restore it in schemas, or make another pool"
            )
        added = [schema for name, schema in wanted.items() if name not in known]
        if added:
            request = self.request(self.create, {"schemas": added})
            members = {"UserPoolId": values["id"], "CustomAttributes": request.members["Schema"]}
            cloud.call("cognito-idp", "AddCustomAttributes", members)


class UserPoolClientResource(Resource):
    """A client of a pool; an update sets what it does not name back to what AWS assumes."""

    def problems(self, inputs: Values) -> Iterator[tuple[str, str]]:
        """OAuth settings need OAuth to be on."""
        if "refreshTokenRotation" in inputs:
            yield "refreshTokenRotation", "must be left out: the local cloud does not rotate refresh tokens"
        for name in OAUTH:
            if inputs.get(name) and not inputs.get("allowedOauthFlowsUserPoolClient"):
                yield name, "needs allowedOauthFlowsUserPoolClient to be true"

    def properties(self, answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an answer of AWS
        """The properties and the id."""
        found = super().properties(answer)
        return {**found, "id": answer["ClientId"]} if "ClientId" in answer else found

    def from_id(self, resource_id: str) -> dict[str, str]:
        """An id is the client's; an import names `pool/client`."""
        pool, _, client = resource_id.rpartition("/")
        return {"id": client, **({"userPoolId": pool} if pool else {})}

    def request(self, operation: str, values: Values) -> Request:
        """Lifetimes that the program does not give are an hour, whatever the unit."""
        if operation == "UpdateUserPoolClient":
            units = values.get("tokenValidityUnits")
            units = units if isinstance(units, Mapping) else {}
            hours = {
                f"{token}Validity": HOUR.get(units.get(token, "hours"))
                for token in ("accessToken", "idToken")
            }
            values = {**hours, **{name: value for name, value in values.items() if value is not None}}
        return super().request(operation, values)

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """A client with a secret asked for one."""
        del values
        kept = {name: value for name, value in found.items() if value != {}}
        return {**kept, "generateSecret": bool(found.get("clientSecret"))}


class UserPoolDomainResource(Resource):
    """A domain; AWS describes one that does not exist as empty."""

    def run_read(self, cloud: Cloud, values: Values) -> dict[str, Any] | None:
        """Read the domain."""
        found = super().run_read(cloud, values) or {}
        if not found.get("userPoolId"):
            return None
        return {**found, "cloudfrontDistributionArn": found.get("cloudfrontDistribution", "")}


class UserGroupResource(Resource):
    """A group of a pool."""

    def from_cloud(self, found: dict[str, Any], values: Values) -> dict[str, Any]:
        """A precedence of 0 is what the local cloud tells of a group that has none."""
        has_none = found.get("precedence") == 0 and values.get("precedence") is None
        return {name: value for name, value in found.items() if not (has_none and name == "precedence")}

    def run_update(self, cloud: Cloud, values: Values, changed: frozenset[str]) -> None:
        """AWS has no call to take role or precedence from a group."""
        for name in ("precedence", "roleArn"):
            if name in changed and values.get(name) is None:
                raise ProviderError(
                    f"the group {values['name']} cannot lose its {name}: replace it, "
                    "`pulumi up --replace` with its URN"
                )
        super().run_update(cloud, values, changed)


RESOURCES = (
    UserPoolResource(
        type="aws:cognito/userPool:UserPool",
        service="cognito-idp",
        create="CreateUserPool",
        reads=(Read(operation="DescribeUserPool", at="UserPool"), Read(operation="GetUserPoolMfaConfig")),
        updates=(
            Call(
                operation="SetUserPoolMfaConfig",
                properties=(
                    "mfaConfiguration",
                    "smsAuthenticationMessage",
                    "webAuthnConfiguration",
                    *SECOND_FACTORS,
                ),
            ),
            Call(operation="UpdateUserPool"),
        ),
        delete="DeleteUserPool",
        id="{id}",
        name=Name(longest=128),
        names={
            "emailConfiguration.fromEmailAddress": "From",
            "id": "UserPoolId",
            "name": "PoolName",
            "passwordPolicy": "Policies.PasswordPolicy",
            "schemas": "Schema",
            "signInPolicy": "Policies.SignInPolicy",
            "tags": "UserPoolTags",
        },
        answers={"name": "Name", "schemas": "SchemaAttributes"},
        replace=("name", "aliasAttributes", "usernameAttributes", "usernameConfiguration"),
        kept=("adminCreateUserConfig", "userPoolTier"),
        defaults={
            "deletionProtection": "INACTIVE",
            "emailConfiguration": {"emailSendingAccount": "COGNITO_DEFAULT"},
            "emailConfiguration.emailSendingAccount": "COGNITO_DEFAULT",
            "mfaConfiguration": "OFF",
            "passwordPolicy.temporaryPasswordValidityDays": 7,
            "schemas.developerOnlyAttribute": False,
            "schemas.mutable": False,
            "schemas.required": False,
            "verificationMessageTemplate.defaultEmailOption": "CONFIRM_WITH_CODE",
        },
        computed={"endpoint": "cognito-idp.{region}.{dnsSuffix}/{id}"},
        # What the program drops goes back to what AWS assumes for a new pool.
        cleared={
            "accountRecoverySetting": {
                "recoveryMechanisms": [
                    {"name": "verified_email", "priority": 1},
                    {"name": "verified_phone_number", "priority": 2},
                ]
            },
            "adminCreateUserConfig": {"allowAdminCreateUserOnly": False},
            "autoVerifiedAttributes": [],
            "deviceConfiguration": {},
            "emailMfaConfiguration": {},
            "lambdaConfig": {},
            "passwordPolicy": {
                "minimumLength": 8,
                "requireLowercase": True,
                "requireNumbers": True,
                "requireSymbols": True,
                "requireUppercase": True,
                "temporaryPasswordValidityDays": 7,
            },
            "smsConfiguration": {},
            "softwareTokenMfaConfiguration": {"enabled": False},
            "userAttributeUpdateSettings": {"attributesRequireVerificationBeforeUpdates": []},
            "userPoolAddOns": {"advancedSecurityMode": "OFF"},
            "verificationMessageTemplate": {"defaultEmailOption": "CONFIRM_WITH_CODE"},
            "webAuthnConfiguration": {},
        },
        tags=Tags(),
    ),
    UserPoolClientResource(
        type="aws:cognito/userPoolClient:UserPoolClient",
        service="cognito-idp",
        create="CreateUserPoolClient",
        reads=(Read(operation="DescribeUserPoolClient", at="UserPoolClient"),),
        updates=(Call(operation="UpdateUserPoolClient"),),
        delete="DeleteUserPoolClient",
        id="{id}",
        imports="{userPoolId}/{id}",
        name=Name(longest=128),
        names={"id": "ClientId", "name": "ClientName"},
        replace=("generateSecret", "userPoolId"),
        defaults={
            "allowedOauthFlowsUserPoolClient": False,
            "authSessionValidity": 3,
            "enablePropagateAdditionalUserContextData": False,
            "enableTokenRevocation": True,
            "generateSecret": False,
            "preventUserExistenceErrors": "LEGACY",
            "refreshTokenValidity": 30,
            "tokenValidityUnits.accessToken": "hours",
            "tokenValidityUnits.idToken": "hours",
            "tokenValidityUnits.refreshToken": "days",
        },
        cleared={
            **{name: [] for name in LISTS},
            "analyticsConfiguration": {},
            "tokenValidityUnits": {"accessToken": "hours", "idToken": "hours", "refreshToken": "days"},
        },
    ),
    UserPoolDomainResource(
        type="aws:cognito/userPoolDomain:UserPoolDomain",
        service="cognito-idp",
        create="CreateUserPoolDomain",
        reads=(Read(operation="DescribeUserPoolDomain", at="DomainDescription"),),
        updates=(
            Call(operation="UpdateUserPoolDomain", properties=("certificateArn", "managedLoginVersion")),
        ),
        delete="DeleteUserPoolDomain",
        id="{domain}",
        names={"certificateArn": "CustomDomainConfig.CertificateArn"},
        replace=("domain", "userPoolId"),
        # A pool has one domain of a kind.
        delete_first=True,
        defaults={"managedLoginVersion": 1},
        computed={"cloudfrontDistributionZoneId": CLOUDFRONT_ZONE},
        limits={"managedLoginVersion": Limit(values=(1, 2))},
    ),
    UserGroupResource(
        type="aws:cognito/userGroup:UserGroup",
        service="cognito-idp",
        create="CreateGroup",
        reads=(Read(operation="GetGroup", at="Group"),),
        updates=(Call(operation="UpdateGroup"),),
        delete="DeleteGroup",
        id="{userPoolId}/{name}",
        name=Name(longest=128),
        names={"name": "GroupName"},
        replace=("name", "userPoolId"),
        defaults={"description": ""},
    ),
)
