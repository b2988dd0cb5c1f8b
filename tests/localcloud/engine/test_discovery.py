"""A Pulumi CLI that somebody installed is used, if it can do what the project needs."""

import os
from pathlib import Path

import pytest

from localcloud.engine.discovery import MARKER, find_on_path, is_suitable
from tests.localcloud.engine.machine import Machine


@pytest.mark.parametrize("version", ["3.259.0", "3.259.1", "3.260.0", "3.1000.2"])
def test_the_pinned_version_and_newer_ones_are_suitable(version: str) -> None:
    assert is_suitable(version)


@pytest.mark.parametrize(
    "version", ["3.258.9", "3.99.0", "2.300.0", "4.0.0", "3.259.0-alpha.1", "3.259", "", "x"]
)
def test_older_versions_prereleases_and_other_major_versions_are_not(version: str) -> None:
    assert not is_suitable(version)


def test_a_newer_prerelease_is_suitable() -> None:
    assert is_suitable("3.260.0-beta.2")


def test_an_installed_cli_is_found_with_its_version(machine: Machine) -> None:
    machine.install_pulumi("3.270.3")
    engine = find_on_path(print, str(machine.binaries))
    assert engine is not None
    assert (engine.folder, engine.host_folder, engine.version) == (
        machine.binaries,
        machine.binaries,
        "3.270.3",
    )


def test_the_language_host_may_lie_elsewhere_on_the_path(machine: Machine, tmp_path: Path) -> None:
    machine.install_pulumi("3.259.0", with_host=False)
    machine.executable(tmp_path / "other", "pulumi-language-python")
    engine = find_on_path(print, os.pathsep.join([str(machine.binaries), str(tmp_path / "other")]))
    assert engine is not None
    assert engine.host_folder == tmp_path / "other"


def test_links_to_an_installation_are_followed(machine: Machine, tmp_path: Path) -> None:
    installed = machine.install_pulumi("3.259.0", tmp_path / "opt")
    (machine.binaries / "pulumi").symlink_to(installed / "pulumi")
    engine = find_on_path(print, str(machine.binaries))
    assert engine is not None
    assert engine.folder == installed


def test_links_into_our_own_cache_are_no_installation(machine: Machine, tmp_path: Path) -> None:
    made = machine.install_pulumi("3.259.0", tmp_path / "cache" / "engine" / "key")
    (made / MARKER).touch()
    for name in ("pulumi", "pulumi-language-python"):
        (machine.binaries / name).symlink_to(made / name)
    assert find_on_path(print, str(machine.binaries)) is None


def test_an_installed_cli_does_not_borrow_the_host_of_our_cache(machine: Machine, tmp_path: Path) -> None:
    made = machine.install_pulumi("3.259.0", tmp_path / "cache" / "engine" / "key")
    (made / MARKER).touch()
    machine.install_pulumi("3.259.0", with_host=False)
    (machine.binaries / "pulumi-language-python").symlink_to(made / "pulumi-language-python")
    assert find_on_path(print, str(machine.binaries)) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("#!/bin/sh\necho v3.200.0\n", "is Pulumi 3.200.0 and is passed over"),
        ("#!/bin/sh\necho v3.259.0\n", "no pulumi-language-python lies beside it"),
        ("#!/bin/sh\nexit 1\n", "does not answer its version"),
        ("#!/bin/sh\necho unknown\n", "does not answer its version"),
        ("#!/no/such/interpreter\n", "does not answer its version"),
    ],
)
def test_an_unsuitable_cli_is_passed_over_with_its_reason(
    machine: Machine, content: str, reason: str
) -> None:
    machine.executable(machine.binaries, "pulumi", content)
    lines: list[str] = []
    assert find_on_path(lines.append, str(machine.binaries)) is None
    assert len(lines) == 1
    assert reason in lines[0]


def test_a_suitable_cli_behind_an_unsuitable_one_is_found(machine: Machine, tmp_path: Path) -> None:
    machine.install_pulumi("3.1.0")
    good = machine.install_pulumi("3.259.0", tmp_path / "good")
    engine = find_on_path(
        print, os.pathsep.join([str(machine.binaries), "", str(tmp_path / "none"), str(good)])
    )
    assert engine is not None
    assert engine.folder == good


def test_a_folder_or_a_plain_file_named_pulumi_is_no_cli(machine: Machine, tmp_path: Path) -> None:
    (machine.binaries / "pulumi").mkdir()
    plain = tmp_path / "plain"
    plain.mkdir()
    Path(plain / "pulumi").write_text("text", encoding="utf-8")
    assert find_on_path(print, os.pathsep.join([str(machine.binaries), str(plain)])) is None
