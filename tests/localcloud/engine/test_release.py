"""The official release is taken only as Pulumi published it."""

import hashlib
import io
import platform
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from localcloud.engine import VERSION, EngineError
from localcloud.engine.release import download

ARCHIVE = f"pulumi-v{VERSION}-linux-x64.tar.gz"
CHECKSUMS = f"pulumi-{VERSION}-checksums.txt"
EXECUTABLES = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, str]]:
    """The folder and the address of a server that publishes releases."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setenv("no_proxy", "*")
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def publish(folder: Path, *, names: tuple[str, ...] = EXECUTABLES, checksum: str | None = None) -> None:
    with tarfile.open(folder / ARCHIVE, "w:gz") as archive:
        for name in (*names, "pulumi-language-nodejs", "../../escaped"):
            content = f"content of {name}".encode()
            entry = tarfile.TarInfo(f"pulumi/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    checksum = checksum or hashlib.sha256((folder / ARCHIVE).read_bytes()).hexdigest()
    (folder / CHECKSUMS).write_text(f"{'0' * 64}  another.tar.gz\n{checksum}  {ARCHIVE}\n", encoding="utf-8")


def test_exactly_the_needed_executables_are_taken(site: tuple[Path, str], target: Path) -> None:
    publish(site[0])
    assert download(target, print, address=site[1])
    assert sorted(path.name for path in target.iterdir()) == sorted(EXECUTABLES)
    assert (target / "pulumi").read_text(encoding="utf-8") == "content of pulumi"
    assert (target / "pulumi").stat().st_mode & 0o777 == 0o755


def test_what_does_not_match_its_checksum_is_refused(site: tuple[Path, str], target: Path) -> None:
    publish(site[0], checksum="f" * 64)
    with pytest.raises(EngineError, match="does not match its published checksum"):
        download(target, print, address=site[1])
    assert not (target / "pulumi").exists()


def test_an_archive_without_a_published_checksum_is_refused(site: tuple[Path, str], target: Path) -> None:
    publish(site[0])
    (site[0] / CHECKSUMS).write_text("\n", encoding="utf-8")
    with pytest.raises(EngineError, match="checksum"):
        download(target, print, address=site[1])


def test_an_archive_without_the_language_host_is_refused(site: tuple[Path, str], target: Path) -> None:
    publish(site[0], names=("pulumi",))
    with pytest.raises(EngineError, match="holds no pulumi/pulumi-language-python"):
        download(target, print, address=site[1])


def test_a_missing_release_is_no_error_but_said(site: tuple[Path, str], target: Path) -> None:
    lines: list[str] = []
    assert not download(target, lines.append, address=site[1])
    assert "cannot be reached" in lines[-1]
    assert not list(target.iterdir())


def test_an_unreachable_address_is_no_error_but_said(target: Path) -> None:
    lines: list[str] = []
    assert not download(target, lines.append, address="http://127.0.0.1:1")
    assert "cannot be reached" in lines[-1]


def test_a_machine_without_a_release_asks_nobody(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    lines: list[str] = []
    assert not download(target, lines.append)
    assert lines == [f"Pulumi publishes no release for {platform.system()} on riscv64"]
