"""Which changes of the clone make a running local cloud an old one, and what a start does about it."""

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud import control, launch
from localcloud.control import LocalCloud
from localcloud.fingerprint import fingerprint
from localcloud.processes import Process
from localcloud.record import Record

HERE = "localcloud/aws/edge.py"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in (HERE, "localcloud/provider/services/sqs.py", "requirements/local-cloud.txt"):
        put(tmp_path, name, f"{name} as it was")
    return tmp_path


def put(root: Path, name: str, content: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize(
    ("name", "content", "counts"),
    [
        (HERE, "changed", True),
        ("localcloud/provider/services/sns.py", "new", True),
        ("requirements/local-cloud.txt", "ministack==2", True),
        ("requirements/program.txt", "pulumi==9", True),
        (HERE, f"{HERE} as it was", False),
        ("localcloud/aws/__pycache__/edge.cpython-311.pyc", "bytes", False),
        ("localcloud/provider/README.md", "words", False),
        ("localcloud/launch.py", "starts it", False),
        ("tests/localcloud/aws/test_edge.py", "tests it", False),
    ],
)
def test_only_what_a_cloud_runs_counts(clone: Path, name: str, content: str, *, counts: bool) -> None:
    before = fingerprint(clone)
    put(clone, name, content)
    assert (fingerprint(clone) != before) is counts


def test_a_file_that_is_gone_or_has_another_name_counts(clone: Path) -> None:
    found = {fingerprint(clone)}
    (clone / HERE).rename(clone / "localcloud/aws/other.py")
    found.add(fingerprint(clone))
    (clone / "localcloud/aws/other.py").unlink()
    found.add(fingerprint(clone))
    assert len(found) == 3


@pytest.mark.parametrize(("code", "old"), [(fingerprint(launch.ROOT), False), ("other", True), (None, True)])
def test_a_cloud_is_old_when_its_record_says_so_or_says_nothing(
    tmp_path: Path, code: str | None, *, old: bool
) -> None:
    assert not control.outdated(tmp_path)
    cloud = LocalCloud(
        home=tmp_path, port=1, mqtt_port=2, provider_port=3, account="0" * 12, region="us-east-1"
    )
    process = Process(pid=1, started="never")
    Record(cloud=cloud, cloud_process=process, provider_process=None, code=code or "").write()
    if code is None:  # as before fingerprints were kept
        document = json.loads((tmp_path / "cloud.json").read_text())
        del document["code"]
        (tmp_path / "cloud.json").write_text(json.dumps(document))
    assert control.outdated(tmp_path) is old


@pytest.mark.cloud
def test_a_cloud_of_other_code_is_restarted_where_it_was_with_its_state(
    home: Path, workbench_of: Any
) -> None:
    cloud = control.start(home)
    workbench_of(cloud).client("sqs").create_queue(QueueName="kept")
    document = json.loads((home / "cloud.json").read_text())
    (home / "cloud.json").write_text(json.dumps(document | {"code": "of another commit"}))
    assert control.find(home) == cloud  # it goes on until somebody starts it
    again = control.start(home)
    assert (again.port, again.mqtt_port) == (cloud.port, cloud.mqtt_port)
    assert json.loads((home / "cloud.json").read_text())["cloud_process"] != document["cloud_process"]
    assert "kept" in workbench_of(again).client("sqs").list_queues()["QueueUrls"][0]
    assert not control.outdated(home)
