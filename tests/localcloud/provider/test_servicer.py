"""The gRPC service without an engine: instances, cancel, schema, and the process itself."""

from __future__ import annotations

import concurrent.futures
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from localcloud.provider import sdk, services
from localcloud.provider.configuration import Server
from localcloud.provider.servicer import Provider
from localcloud.provider.values import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[3]
URN = "urn:pulumi:dev::project::aws:sqs/queue:Queue::orders"


@pytest.fixture
def serve() -> Iterator[Callable[[str], Any]]:
    """Serve with an endpoint; what it answers opens connections, each an instance of its own."""
    ends: list[Callable[[], object]] = []

    def start(endpoint: str) -> Any:
        server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(Server(endpoint=endpoint)), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        ends.append(lambda: server.stop(0).wait())

        def connect() -> provider_pb2_grpc.ResourceProviderStub:
            # Channels of one process share a connection unless they differ in their options.
            channel = grpc.insecure_channel(
                f"127.0.0.1:{port}", options=(("grpc.use_local_subchannel_pool", 1),)
            )
            ends.append(channel.close)
            return provider_pb2_grpc.ResourceProviderStub(channel)

        return connect

    yield start
    for end in reversed(ends):
        end()


@pytest.fixture
def silent() -> Iterator[tuple[str, threading.Event]]:
    """The address of a cloud that takes requests and never answers, and whether it got one."""
    asked, ended = threading.Event(), threading.Event()

    def accept(listener: socket.socket) -> None:
        listener.settimeout(0.05)
        held = []
        while not ended.is_set():
            try:
                held.append(listener.accept()[0])
                asked.set()
            except TimeoutError:
                continue
        for connection in held:
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener,))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        ended.set()
        thread.join()


def configured(stub: Any, **values: object) -> Any:
    stub.Configure(provider_pb2.ConfigureRequest(args=encode(values)))
    return stub


def test_each_connection_has_a_configuration_of_its_own(serve: Any) -> None:
    connect = serve("")
    token = "aws:index/getRegion:getRegion"
    stubs = [configured(connect(), region=region) for region in ("eu-west-1", "us-west-2")]
    answers = [stub.Invoke(provider_pb2.InvokeRequest(tok=token)) for stub in stubs]
    assert [decode(getattr(answer, "return")).values["region"] for answer in answers] == [
        "eu-west-1",
        "us-west-2",
    ]


def test_cancel_ends_a_call_soon_and_the_provider_goes_on(
    serve: Any, silent: tuple[str, threading.Event]
) -> None:
    endpoint, asked = silent
    connect = serve(endpoint)
    stub = configured(connect())
    call = stub.Create.future(provider_pb2.CreateRequest(urn=URN, properties=encode({"name": "orders"})))
    assert asked.wait(10)
    begun = time.monotonic()
    stub.Cancel(empty_pb2.Empty())
    with pytest.raises(grpc.RpcError, match="cancelled"):
        call.result(timeout=20)
    assert time.monotonic() - begun < 15
    other = configured(connect())
    request = provider_pb2.CreateRequest(urn=URN, properties=encode({"name": "orders"}), preview=True)
    assert decode(other.Create(request).properties).values["name"] == "orders"


def test_a_cloud_that_is_down_is_a_sentence_with_the_next_step(serve: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    stub = configured(serve(f"http://127.0.0.1:{port}")())
    with pytest.raises(
        grpc.RpcError, match="does not answer to CreateQueue: start the local cloud with `omnitrack"
    ):
        stub.Create(provider_pb2.CreateRequest(urn=URN, properties=encode({"name": "orders"})))


def test_the_schema_describes_every_known_type(serve: Any) -> None:
    document = json.loads(serve("")().GetSchema(provider_pb2.GetSchemaRequest()).schema)
    assert tuple(sorted(document["resources"])) == services.known_types()
    assert document["version"] == sdk.version()
    queue = document["resources"]["aws:sqs/queue:Queue"]
    assert queue["inputProperties"]["delaySeconds"] == {"type": "integer"}


def test_what_is_not_offered_is_unimplemented(serve: Any) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        serve("")().Construct(provider_pb2.ConstructRequest())
    assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_its_port_and_ends_quietly(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "localcloud.provider"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with socket.create_connection(("127.0.0.1", int(process.stdout.readline()))):
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--endpoint", "https://sqs.us-east-1.amazonaws.com"), "is not on this machine"),
        (("--port", "taken"), "cannot be opened"),
    ],
)
def test_a_process_that_cannot_serve_says_why(arguments: tuple[str, str], sentence: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given = [argument.replace("taken", str(listener.getsockname()[1])) for argument in arguments]
        command = [sys.executable, "-m", "localcloud.provider", *given]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=20)
    assert result.returncode == 1
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_type_of_previews_only_is_checked_but_not_created(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(services.PREVIEW_ONLY, "aws:sqs/queue:Queue", "the local cloud has none")
    stub = configured(serve("http://127.0.0.1:1")())
    request = provider_pb2.CreateRequest(urn=URN, properties=encode({"name": "orders"}), preview=True)
    assert decode(stub.Create(request).properties).values["name"] == "orders"
    request.preview = False
    with pytest.raises(grpc.RpcError, match="exists in previews only: the local cloud has none"):
        stub.Create(request)


def test_types_of_previews_only_are_declared_with_a_reason_and_have_a_row() -> None:
    assert services.PREVIEW_ONLY.keys() <= set(services.known_types())
    assert all(services.PREVIEW_ONLY.values())


def test_all_known_types_are_resources_of_the_sdk() -> None:
    assert set(services.known_types()) <= sdk.tokens()
