"""There is one engine as a whole or none at all, however many ask for it and whatever breaks off."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from localcloud.engine import VERSION, Engine, EngineError, build, ensure, install
from localcloud.engine.__main__ import main
from tests.localcloud.engine.machine import IsAlive, Machine, Start, WaitUntil

PROJECT = build.SOURCE.parents[2]


def ensured() -> tuple[Engine, list[str]]:
    lines: list[str] = []
    return ensure(lines.append), lines


def test_an_installed_cli_is_preferred_to_everything(machine: Machine) -> None:
    machine.install_pulumi("3.260.0")
    machine.install_go()
    engine, _ = ensured()
    assert (engine.folder, machine.builds(), machine.cache.exists()) == (machine.binaries, 0, False)


def test_without_cli_and_release_the_engine_is_built_and_the_user_told(machine: Machine) -> None:
    machine.install_go()
    engine, lines = ensured()
    assert engine.folder == machine.cache / "engine" / build.key()
    assert engine.version == VERSION
    assert all(
        os.access(engine.folder / name, os.X_OK)
        for name in ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
    )
    assert any("cannot be reached" in line for line in lines)
    assert any("minutes" in line for line in lines)


def test_the_second_time_the_cache_answers_in_silence(machine: Machine) -> None:
    machine.install_go()
    first, _ = ensured()
    second, lines = ensured()
    assert (second, lines, machine.builds()) == (first, [], 1)


def test_the_cache_answers_although_it_is_linked_on_the_path(machine: Machine) -> None:
    machine.install_go()
    first, _ = ensured()
    for name in ("pulumi", "pulumi-language-python"):
        (machine.binaries / name).symlink_to(first.folder / name)
    assert ensured()[0] == first


def test_an_engine_that_lost_a_file_is_made_again(machine: Machine) -> None:
    machine.install_go()
    engine, _ = ensured()
    (engine.folder / "pulumi-language-python").unlink()
    assert ensured()[0] == engine
    assert (engine.folder / "pulumi-language-python").exists()
    assert machine.builds() == 2


def test_changed_sources_have_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.key()
    shutil.copytree(build.SOURCE, tmp_path / "go")
    monkeypatch.setattr(build, "SOURCE", tmp_path / "go")
    assert build.key() == before
    host = tmp_path / "go" / "pulumi-language-python" / "main.go"
    host.write_text(host.read_text(encoding="utf-8") + "\n// changed\n", encoding="utf-8")
    assert build.key() != before


@pytest.mark.parametrize("module", ["pkg", "sdk"])
def test_the_pinned_version_is_that_of_the_go_modules(module: str) -> None:
    requirements = [
        line.split() for line in (build.SOURCE / "go.mod").read_text(encoding="utf-8").splitlines()
    ]
    assert [f"github.com/pulumi/pulumi/{module}/v3", f"v{VERSION}"] in [line[:2] for line in requirements]


@pytest.mark.parametrize(
    ("go", "sentence"),
    [
        (
            {"build": "echo 'proxy: no route to host' >&2; exit 1"},
            r"failed \(proxy: no route to host\): check that Go",
        ),
        ({"build": "exit 7"}, "failed .exit code 7."),
        (
            {"go_version": "go1.22.1"},
            r"too old to build Pulumi .* \(go1.22.1 linux/amd64\): install Go 1.25.11",
        ),
        ({"go_version": "unknown"}, "too old"),
        ({"version": "3.1.0"}, r"does not run \(it says 3.1.0\)"),
    ],
)
def test_a_failed_build_leaves_nothing_behind_and_says_what_to_do(
    machine: Machine, go: dict[str, str], sentence: str
) -> None:
    machine.install_go(**go)
    with pytest.raises(EngineError, match=sentence):
        ensured()
    assert [path.name for path in (machine.cache / "engine").iterdir()] == [".lock"]


def test_without_go_both_ways_out_are_named(machine: Machine) -> None:
    with pytest.raises(EngineError, match=r"install Pulumi 3\.259\.0 .* or Go 1\.25\.11"):
        ensured()
    assert not machine.unfinished()


def test_a_cache_that_cannot_be_written_is_said(machine: Machine) -> None:
    machine.cache.write_text("a file where a folder is needed", encoding="utf-8")
    with pytest.raises(EngineError, match="OMNITRACK_CACHE"):
        ensured()


def test_a_long_build_reports_the_time_it_takes(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(build, "_SECONDS_BETWEEN_REPORTS", 0.05)
    go_on = tmp_path / "go-on"
    machine.install_go(build=f'while [ ! -e "{go_on}" ]; do sleep 0.05; done')
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        if "s of about" in line:
            go_on.touch()

    ensure(report)
    assert any(line.startswith("building pulumi-language-python: 0 s of about 6 minutes") for line in lines)


def test_of_two_at_once_one_builds_and_the_other_waits_and_says_so(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wait_until: WaitUntil
) -> None:
    monkeypatch.setattr(install, "_SECONDS_BETWEEN_TRIES", 0.02)
    go_on = tmp_path / "go-on"
    machine.install_go(build=f'while [ ! -e "{go_on}" ]; do sleep 0.05; done')
    engines: list[Engine] = []
    first = threading.Thread(target=lambda: engines.append(ensured()[0]))
    first.start()
    wait_until(lambda: bool(machine.unfinished()))

    lines: list[str] = []
    second = threading.Thread(target=lambda: engines.append(ensure(lines.append)))
    second.start()
    wait_until(lambda: any("another process is making the engine" in line for line in lines))
    go_on.touch()
    first.join(60)
    second.join(60)
    assert len(engines) == 2
    assert engines[0] == engines[1]
    assert machine.builds() == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_broken_off_build_does_not_stand_in_the_way(  # noqa: PLR0917 - fixtures
    machine: Machine,
    start: Start,
    wait_until: WaitUntil,
    is_alive: IsAlive,
    number: signal.Signals,
    code: int,
) -> None:
    compiler = machine.cache.parent / "compiler"
    machine.install_go(
        build=f'sleep 100 & echo $! > "{compiler}.new"; mv "{compiler}.new" "{compiler}"; wait'
    )
    command = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from localcloud.engine.__main__ import main; sys.exit(main([]))"
    )
    process = start([sys.executable, "-c", command], cwd=PROJECT, stderr=subprocess.DEVNULL)
    wait_until(compiler.exists)
    process.send_signal(number)
    assert process.wait(60) == code
    pid = int(compiler.read_text(encoding="utf-8"))
    if number == signal.SIGKILL:  # nobody is left to end the compiler
        assert machine.unfinished()
        os.kill(pid, signal.SIGKILL)
    else:
        wait_until(lambda: not is_alive(pid))
        assert not machine.unfinished()

    machine.install_go()
    ensured()
    assert not machine.unfinished()


def test_the_command_prints_only_the_folder_and_links(
    machine: Machine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_go()
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    assert main(["--link", str(tmp_path / "venv")]) == 0
    folder = machine.cache / "engine" / build.key()
    assert capsys.readouterr().out == f"{folder}\n"
    assert (tmp_path / "venv" / "bin" / "pulumi").resolve() == folder / "pulumi"


def test_the_command_says_in_one_line_why_there_is_no_engine(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: no suitable Pulumi CLI was found")
    assert not machine.unfinished()
