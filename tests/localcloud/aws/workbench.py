"""Makes things in a local cloud and calls its edge, for tests."""

# ruff: noqa: S310 - only loopback addresses are opened

import io
import json
import textwrap
import urllib.error
import urllib.request
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from localcloud.control import LocalCloud

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """Makes things in a cloud as the root user of one account."""

    cloud: LocalCloud
    account: str
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = boto3.client  # its overloads know literal names only
            self._clients[service] = make(
                service,
                endpoint_url=self.cloud.endpoint,
                region_name=self.cloud.region,
                aws_access_key_id=self.account,
                aws_secret_access_key="local",
                config=Config(retries={"max_attempts": 0}),
            )
        return self._clients[service]

    def function(
        self, source: str, *, timeout: int = 30, statements: list[dict[str, Any]] | None = None
    ) -> str:
        """Create a function from the source of its module; `handler` is called. Returns its ARN."""
        name = f"f-{uuid.uuid4().hex[:12]}"
        iam = self.client("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_role_policy(RoleName=name, PolicyName="grants", PolicyDocument=document)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("index.py", textwrap.dedent(source))
        functions = self.client("lambda")
        arn = functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=role,
            Handler="index.handler",
            Timeout=timeout,
            Code={"ZipFile": archive.getvalue()},
        )["FunctionArn"]
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
        return str(arn)

    def invoke(self, arn: str) -> Any:
        return json.load(self.client("lambda").invoke(FunctionName=arn)["Payload"])

    def api(
        self, function: str, *, name: str | None = None, stage: str = "test", pool: str | None = None
    ) -> str:
        """Create a REST API whose every path calls `function`. Returns its id."""
        gateway = self.client("apigateway")
        api = gateway.create_rest_api(name=name or f"api-{uuid.uuid4().hex[:8]}")["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        proxy = gateway.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
        authorization: dict[str, str] = {"authorizationType": "NONE"}
        if pool:
            authorizer = gateway.create_authorizer(
                restApiId=api,
                name="users",
                type="COGNITO_USER_POOLS",
                providerARNs=[pool],
                identitySource="method.request.header.Authorization",
            )["id"]
            authorization = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer}
        target = {"restApiId": api, "resourceId": proxy, "httpMethod": "ANY"}
        gateway.put_method(**target, **authorization)
        region = self.cloud.region
        uri = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations"
        gateway.put_integration(**target, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        gateway.create_deployment(restApiId=api, stageName=stage)
        return str(api)

    def call(
        self,
        path: str,
        *,
        method: str = "GET",
        host: str | None = None,
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """Call the edge without credentials; a keyword's underscore is a header's dash."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if host:
            sent["Host"] = host
        request = urllib.request.Request(self.cloud.endpoint + path, method=method, data=body, headers=sent)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(status=answer.status, headers=_lower(answer.headers), body=answer.read())
        except urllib.error.HTTPError as error:
            return Answer(status=error.code, headers=_lower(error.headers), body=error.read())


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
