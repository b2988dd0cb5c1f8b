"""Starting, finding, stopping, saving and resetting a local cloud."""

import json
import os
import re
import signal
import socket
import stat
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud import control, launch
from localcloud.control import LocalCloud, LocalCloudError
from localcloud.processes import Process
from localcloud.record import Record
from tests.localcloud.aws.workbench import Workbench

pytestmark = pytest.mark.cloud


def processes_of(home: Path) -> set[int]:
    document = json.loads((home / "cloud.json").read_text())
    return {entry["pid"] for entry in (document["cloud_process"], document["provider_process"]) if entry}


def create_table(bench: Workbench, name: str = "kept") -> None:
    bench.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def tables(bench: Workbench) -> list[str]:
    names: list[str] = bench.client("dynamodb").list_tables()["TableNames"]
    return names


def kill(process: Process | None) -> None:
    assert process
    os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while process.alive:
        assert time.monotonic() < deadline, "a killed process goes on"
        time.sleep(0.01)


def record_of(home: Path) -> Record:
    record = Record.read(home)
    assert record
    return record


def test_a_second_start_changes_nothing_and_says_nothing(home: Path) -> None:
    first = control.start(home)
    before = processes_of(home)
    said: list[str] = []
    assert control.start(home, said.append) == first == control.find(home)
    assert processes_of(home) == before
    assert said == []


def test_two_starts_at_once_start_one_cloud(home: Path) -> None:
    found: list[LocalCloud] = []
    threads = [threading.Thread(target=lambda: found.append(control.start(home))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1]


def test_a_home_that_is_prepared_by_many_at_once_has_one_passphrase(tmp_path: Path) -> None:
    read: list[str] = []
    together = threading.Barrier(8)

    def prepare() -> None:
        together.wait()
        read.append((control._prepared(tmp_path / "home") / "passphrase").read_text())

    threads = [threading.Thread(target=prepare) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == len(threads)
    assert len(set(read)) == 1


def test_clouds_that_start_at_once_have_ports_of_their_own(home: Path, tmp_path: Path) -> None:
    homes = [home, *(tmp_path / name for name in ("second", "third"))]
    found: list[LocalCloud] = []
    threads = [threading.Thread(target=lambda at=at: found.append(control.start(at))) for at in homes]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ports = [port for cloud in found for port in (cloud.port, cloud.mqtt_port, cloud.provider_port)]
        assert len(set(ports)) == 3 * len(homes)
    finally:
        for at in homes:
            control.stop(at)


def test_a_home_is_for_its_owner_only(home: Path) -> None:
    cloud = control.start(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    passphrase = home / "passphrase"
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    assert len(passphrase.read_text()) >= 32
    assert cloud.pulumi_environment()["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase)


def test_a_stopped_cloud_is_not_found_and_may_be_stopped_again(home: Path) -> None:
    control.start(home)
    control.stop(home)
    assert control.find(home) is None
    assert control.status(home).cloud == "stopped"
    control.stop(home)


def test_ports_are_kept_over_a_restart(home: Path) -> None:
    first = control.start(home)
    control.stop(home)
    second = control.start(home)
    assert (second.port, second.mqtt_port) == (first.port, first.mqtt_port)


def test_a_port_that_another_process_took_is_replaced_and_named(home: Path) -> None:
    first = control.start(home)
    control.stop(home)
    said: list[str] = []
    with socket.create_server(("127.0.0.1", first.port)):
        second = control.start(home, said.append)
    assert second.port != first.port
    assert any(str(first.port) in sentence for sentence in said)


def test_a_table_survives_a_stop(home: Path, workbench_of: Callable[[LocalCloud], Workbench]) -> None:
    create_table(workbench_of(control.start(home)))
    control.stop(home)
    assert tables(workbench_of(control.start(home))) == ["kept"]


def test_a_table_survives_a_kill_right_after_a_save(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench]
) -> None:
    create_table(workbench_of(control.start(home)))
    control.save(home)
    kill(record_of(home).cloud_process)
    assert tables(workbench_of(control.start(home))) == ["kept"]


def test_changes_are_saved_by_themselves(
    home: Path,
    workbench_of: Callable[[LocalCloud], Workbench],
    eventually: Callable[[Callable[[], Any]], Any],
) -> None:
    create_table(workbench_of(control.start(home)))
    saved = home / "state" / "current" / "dynamodb.json"
    eventually(lambda: saved.exists() and "kept" in saved.read_text())
    kill(record_of(home).cloud_process)
    assert tables(workbench_of(control.start(home))) == ["kept"]


def test_objects_functions_and_addresses_survive_a_kill(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench]
) -> None:
    bench = workbench_of(control.start(home))
    api = bench.api(bench.function("def handler(event, context): return {'statusCode': 200, 'body': 'fine'}"))
    bench.client("s3").create_bucket(Bucket="kept")
    bench.client("s3").put_object(Bucket="kept", Key="a/b", Body=b"content")
    control.save(home)
    kill(record_of(home).cloud_process)
    bench = workbench_of(control.start(home))
    assert bench.call(f"/_aws/execute-api/{api}/test/x").body == b"fine"
    assert bench.client("s3").get_object(Bucket="kept", Key="a/b")["Body"].read() == b"content"


def test_a_killed_cloud_is_reported_and_started_anew(home: Path) -> None:
    control.start(home)
    kill(record_of(home).cloud_process)
    assert control.find(home) is None
    assert control.status(home).cloud == "stopped"
    assert control.start(home) == control.find(home)


def test_a_process_that_got_the_number_of_an_old_one_is_left_alone(home: Path) -> None:
    control.start(home)
    control.stop(home)
    file = home / "cloud.json"
    document = json.loads(file.read_text())
    document["cloud_process"]["pid"] = os.getpid()
    file.write_text(json.dumps(document))
    control.stop(home)  # would end this test otherwise
    assert control.find(home) is None


def test_reset_empties_a_running_cloud_and_keeps_its_address(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench]
) -> None:
    first = control.start(home)
    create_table(workbench_of(first))
    (home / "backend" / "stack.json").write_text("{}")
    again = control.reset(home)
    assert again == control.find(home)
    assert first.port == json.loads((home / "cloud.json").read_text())["cloud"]["port"]
    assert again
    assert tables(workbench_of(again)) == []
    assert list((home / "backend").iterdir()) == []


def test_reset_of_a_stopped_cloud_leaves_it_stopped(
    home: Path, workbench_of: Callable[[LocalCloud], Workbench]
) -> None:
    create_table(workbench_of(control.start(home)))
    control.stop(home)
    assert control.reset(home) is None
    assert control.find(home) is None
    assert tables(workbench_of(control.start(home))) == []


def test_saving_where_nothing_runs_says_what_to_do(home: Path) -> None:
    with pytest.raises(LocalCloudError, match="omnitrack local up"):
        control.save(home)


def test_a_missing_environment_is_named(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(launch, "ROOT", tmp_path)
    with pytest.raises(LocalCloudError, match=re.escape(str(tmp_path / ".venv-cloud"))):
        control.start(home)


def test_a_server_that_ends_at_once_is_reported_with_its_last_lines(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for environment in (".venv", ".venv-cloud"):
        python = tmp_path / environment / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text("#!/bin/sh\necho this cannot work >&2\nexit 3\n")
        python.chmod(0o755)
    monkeypatch.setattr(launch, "ROOT", tmp_path)
    with pytest.raises(LocalCloudError, match="this cannot work"):
        control.start(home)
    assert control.find(home) is None


def test_a_killed_provider_is_reported_and_both_are_started_anew(home: Path) -> None:
    first = control.start(home)
    record = record_of(home)
    kill(record.provider_process)
    assert control.find(home) is None
    state = control.status(home)
    assert (state.cloud, state.provider) == ("running", "stopped")
    assert control.start(home).endpoint == first.endpoint
    assert not record.cloud_process.alive


def test_the_log_is_written_into_the_home(home: Path) -> None:
    control.start(home)
    assert "Ready" in (home / "logs" / "cloud.log").read_text()


def test_environments_name_nothing_of_the_users(cloud: LocalCloud) -> None:
    environment = cloud.pulumi_environment("123456789012")
    assert environment["AWS_ACCESS_KEY_ID"] == "123456789012"
    assert environment["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert not Path(environment["AWS_CONFIG_FILE"]).exists()
    assert not Path(environment["AWS_SHARED_CREDENTIALS_FILE"]).exists()
    assert environment["PULUMI_DEBUG_PROVIDERS"] == f"aws:{cloud.provider_port}"
    with pytest.raises(LocalCloudError, match="12 digits"):
        cloud.aws_environment("12345")


def test_variables_that_cannot_be_overridden_can_be_left_out() -> None:
    mine = {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL_S3": "https://example.org", "PATH": "/bin"}
    assert control.without_aws(mine) == {"PATH": "/bin"}


def test_health_names_the_home_and_the_process(cloud: LocalCloud) -> None:
    with urllib.request.urlopen(f"{cloud.endpoint}/_omnitrack/health") as answer:  # noqa: S310 - loopback
        document = json.load(answer)
    assert document["home"] == str(cloud.home)
    assert {document["pid"]} <= processes_of(cloud.home)
