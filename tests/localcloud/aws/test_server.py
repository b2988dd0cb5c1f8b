"""The server process: what functions can reach, what listens, what is left behind."""

import socket
import ssl
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest

from localcloud import control, processes
from localcloud.control import LocalCloud
from localcloud.record import Record
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud


def listening(pid: int) -> set[str]:
    """The hexadecimal addresses at which a process listens."""
    sockets = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                addresses.add(fields[1])
    return addresses


def server_pid(home: Path) -> int:
    record = Record.read(home)
    assert record
    return record.cloud_process.pid


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="reads Linux's table of sockets")
def test_only_loopback_sockets_listen(
    cloud: LocalCloud, eventually: Callable[[Callable[[], Any]], Any]
) -> None:
    pid = server_pid(cloud.home)
    loopback = "0100007F"
    expected = {f"{loopback}:{cloud.port:04X}", f"{loopback}:{cloud.mqtt_port:04X}"}
    assert eventually(lambda: (found := listening(pid)) >= expected and found) == expected


def test_mqtt_speaks_tls_with_the_local_authority(cloud: LocalCloud) -> None:
    def authority() -> str:
        with urllib.request.urlopen(f"{cloud.endpoint}/_ministack/iot/ca.pem") as answer:  # noqa: S310 - loopback
            return str(answer.read().decode())

    context = ssl.create_default_context(cadata=authority())
    with (
        socket.create_connection(("127.0.0.1", cloud.mqtt_port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        assert secure.version() in ("TLSv1.2", "TLSv1.3")


def test_mqtt_refuses_a_client_without_a_certificate(cloud: LocalCloud) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    answer = b""
    with (
        suppress(ssl.SSLError, ConnectionError),  # or the server just hangs up
        socket.create_connection(("127.0.0.1", cloud.mqtt_port)) as plain,
        context.wrap_socket(plain) as secure,
    ):
        secure.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a")  # CONNECT
        answer = secure.recv(4)  # TLS 1.3 tells of the refusal no earlier
    assert answer == b""


def test_a_function_cannot_import_what_only_the_project_has(workbench: Workbench) -> None:
    arn = workbench.function(
        """
        import importlib.util
        def handler(event, context):
            return [name for name in event if importlib.util.find_spec(name)]
        """
    )
    names = ["pulumi", "pydantic", "localcloud", "policy", "composition", "components", "boto3"]
    answer = workbench.client("lambda").invoke(FunctionName=arn, Payload=str(names).replace("'", '"'))
    assert answer["Payload"].read() == b'["boto3"]'


def test_nothing_of_the_users_environment_reaches_a_function(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench], monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = {"GITHUB_TOKEN": "t", "PYTHONPATH": "/p", "AWS_SECRET_ACCESS_KEY": "mine"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    bench = workbench_of(control.start(home))
    environment = bench.invoke(
        bench.function("import os\ndef handler(event, context): return dict(os.environ)")
    )
    for name, value in secrets.items():
        assert environment.get(name) != value
    assert environment["HOME"] == str(home / "tmp")


def test_a_function_without_a_permission_is_denied_and_with_it_allowed(workbench: Workbench) -> None:
    workbench.client("dynamodb").create_table(
        TableName="notes",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    source = """
        import boto3, botocore.exceptions
        def handler(event, context):
            try:
                boto3.client("dynamodb").get_item(TableName="notes", Key={"PK": {"S": "1"}})
                return "allowed"
            except botocore.exceptions.ClientError as error:
                return error.response["Error"]["Code"]
    """
    table = f"arn:aws:dynamodb:{workbench.cloud.region}:{workbench.account}:table/notes"
    grant = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table}
    assert workbench.invoke(workbench.function(source)) == "AccessDeniedException"
    assert workbench.invoke(workbench.function(source, statements=[grant])) == "allowed"


def test_a_key_of_twelve_digits_is_the_root_of_that_account(cloud: LocalCloud) -> None:
    def identity(account: str | None) -> str:
        environment = cloud.aws_environment(account)
        client = boto3.client(
            "sts",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        return str(client.get_caller_identity()["Arn"])

    assert identity("123456789012") == "arn:aws:iam::123456789012:root"
    assert identity(None) == "arn:aws:iam::000000000000:root"


def test_a_running_function_does_not_hold_up_a_stop(
    home: Path,
    workbench_of: Callable[[LocalCloud], Workbench],
    eventually: Callable[[Callable[[], Any]], Any],
) -> None:
    bench = workbench_of(control.start(home))
    started = home / "started"
    source = f"""
        import pathlib, time
        def handler(event, context):
            pathlib.Path({str(started)!r}).touch()
            time.sleep(60)
    """
    arn = bench.function(source, timeout=90)
    bench.client("lambda").invoke(FunctionName=arn, InvocationType="Event")
    eventually(started.exists)
    begin = time.monotonic()
    control.stop(home)
    assert time.monotonic() - begin < 8
    assert control.status(home).cloud == "stopped"
    assert arn in (home / "state" / "current" / "lambda.json").read_text()


def test_stopping_ends_workers_and_removes_their_folders(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench]
) -> None:
    bench = workbench_of(control.start(home))
    bench.invoke(bench.function("def handler(event, context): return 1"))
    pid = server_pid(home)
    workers = [
        int(entry.name)
        for entry in Path("/proc").glob("[0-9]*")
        if (entry / "stat").exists()
        and (entry / "stat").read_text().rpartition(")")[2].split()[1] == str(pid)
    ]
    assert workers
    control.stop(home)
    assert not any(processes._started(each) for each in [pid, *workers])
    assert not (home / "tmp").exists()
