"""One local cloud and one provider for the whole table; each test has an account of its own."""

from __future__ import annotations

import concurrent.futures
import os
import uuid
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from localcloud import control
from localcloud.provider.configuration import Server
from localcloud.provider.servicer import Provider
from localcloud.provider.values import encode
from tests.localcloud.provider.types.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[control.LocalCloud]:
    """A local cloud without anything of the user's."""
    home = tmp_path_factory.mktemp("cloud")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.setenv(name, str(home / "none"))
        yield control.start(home)
        control.stop(home)


@pytest.fixture(scope="session")
def provider(cloud: control.LocalCloud) -> Iterator[Any]:
    """The provider in this process, behind gRPC."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    service = Provider(Server(endpoint=cloud.endpoint, region=cloud.region))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(0).wait()


@pytest.fixture
def scene_of(cloud: control.LocalCloud, provider: Any) -> Callable[[str], Scene]:
    """The scene of a type, in a new account."""

    def scene(type_: str) -> Scene:
        account = f"{uuid.uuid4().int % 10**12:012d}"
        configuration = encode({"allowedAccountIds": [account], "region": cloud.region})
        provider.Configure(provider_pb2.ConfigureRequest(args=configuration))
        return Scene(
            provider=provider, endpoint=cloud.endpoint, region=cloud.region, account=account, type=type_
        )

    return scene
