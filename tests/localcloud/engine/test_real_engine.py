"""The real Pulumi CLI with the project's language host: small programs, policy packs, and sudden ends."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from localcloud.engine import Engine, build, ensure, run
from tests.localcloud.engine.machine import IsAlive, Start, WaitUntil

pytestmark = pytest.mark.engine

RUNTIME = "runtime:\n  name: python\n  options:\n    virtualenv: {virtualenv}\n"
WAITING = """
    import os, subprocess, time
    from pathlib import Path
    child = subprocess.Popen(["sleep", "600"])
    Path("new").write_text(f"{os.getpid()} {child.pid}")
    Path("new").rename("processes")
    time.sleep(600)
"""
INTERRUPTED = """
import json, os, signal, sys
from pathlib import Path
from localcloud.engine import Engine, run
signal.signal(signal.SIGINT, signal.default_int_handler)
project, folder = Path(sys.argv[1]), Path(sys.argv[2])
engine = Engine(folder=folder, host_folder=Path(sys.argv[3]), version="3.259.0")
arguments = ["up", "--yes", "--skip-preview", "--stack", "test"]
sys.exit(run(engine, arguments, cwd=project, environment=dict(os.environ), capture=True).returncode)
"""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Pulumi project with one stack on a backend of its own."""

    folder: Path
    engine: Engine
    environment: dict[str, str]

    def write(self, program: str, *, virtualenv: str = sys.prefix) -> None:
        (self.folder / "Pulumi.yaml").write_text(
            "name: tiny\n" + RUNTIME.format(virtualenv=virtualenv), encoding="utf-8"
        )
        (self.folder / "__main__.py").write_text(textwrap.dedent(program), encoding="utf-8")

    def pulumi(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {**self.environment, **variables}
        return run(self.engine, arguments, cwd=self.folder, environment=environment, capture=True)

    def up(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return self.pulumi("up", "--yes", "--skip-preview", "--stack", "test", *arguments, **variables)

    def processes(self) -> list[int]:
        return [int(process) for process in (self.folder / "processes").read_text(encoding="utf-8").split()]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return ensure(print)


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Project:
    for name in ("backend", "project"):
        (tmp_path / name).mkdir()
    environment = engine.environment(local=True) | {
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "a passphrase",
        "PYTHONDONTWRITEBYTECODE": "1",  # an environment may carry it: the language host drops it
    }
    project = Project(folder=tmp_path / "project", engine=engine, environment=environment)
    project.write("import pulumi")
    created = project.pulumi("stack", "init", "test")
    assert created.returncode == 0, created.stderr
    return project


def outputs(project: Project) -> dict[str, object]:
    answer = project.pulumi("stack", "output", "--json", "--show-secrets", "--stack", "test")
    assert answer.returncode == 0, answer.stderr
    return dict(json.loads(answer.stdout))


def test_a_program_is_deployed_with_its_configuration_and_secrets(project: Project) -> None:
    project.pulumi("config", "set", "greeting", "hello", "--stack", "test")
    project.pulumi("config", "set", "--secret", "token", "hidden-value", "--stack", "test")
    project.write("""
        import os, sys, pulumi
        config = pulumi.Config()
        pulumi.export("greeting", config.require("greeting"))
        pulumi.export("token", config.require("token"))  # secret although not asked for as one
        pulumi.export("names", [pulumi.get_project(), pulumi.get_stack(), pulumi.get_organization()])
        pulumi.export("dry run", pulumi.runtime.is_dry_run())
        pulumi.export("bytecode", not sys.dont_write_bytecode)
        pulumi.export("prefix", sys.prefix)
        pulumi.export("folder", os.getcwd())
        pulumi.export("root", pulumi.get_root_directory())
        print("said by the program")
    """)
    deployed = project.up()
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    assert "said by the program" in deployed.stdout
    assert "hidden-value" not in deployed.stdout + deployed.stderr
    assert outputs(project) == {
        "greeting": "hello",
        "token": "hidden-value",
        "names": ["tiny", "test", "organization"],
        "dry run": False,
        "bytecode": True,
        "prefix": sys.prefix,
        "folder": str(project.folder),
        "root": str(project.folder),
    }


def test_a_preview_is_a_dry_run_and_changes_nothing(project: Project) -> None:
    project.write("import pulumi\nprint('dry run:', pulumi.runtime.is_dry_run())\npulumi.export('made', 1)")
    preview = project.pulumi("preview", "--stack", "test")
    assert (preview.returncode, "dry run: True" in preview.stdout) == (0, True)
    assert outputs(project) == {}


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        ("raise RuntimeError('this went wrong')", "RuntimeError: this went wrong"),
        ("import sys\nsys.exit(3)", "the program ended with exit status 3"),
        ("import os\nos.kill(os.getpid(), 9)", "the program ended with signal: killed"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("def (", "SyntaxError"),
    ],
)
def test_a_program_that_fails_makes_the_command_fail_and_says_why(
    project: Project, program: str, shown: str
) -> None:
    project.write(program)
    failed = project.up()
    assert failed.returncode not in {0, None}
    assert shown in failed.stdout + failed.stderr


def test_exit_code_32_says_that_the_program_has_shown_its_error(project: Project) -> None:
    project.write("import os, sys\nprint('the finding', file=sys.stderr, flush=True)\nos._exit(32)")
    failed = project.up()
    assert failed.returncode != 0
    assert "the finding" in failed.stdout
    assert "exit status" not in failed.stdout + failed.stderr


def test_a_virtualenv_may_be_named_relative_to_the_project(project: Project) -> None:
    project.write("import pulumi", virtualenv=os.path.relpath(sys.prefix, project.folder))
    assert project.up().returncode == 0


def test_a_missing_virtualenv_is_said_with_the_next_step(project: Project) -> None:
    project.write("import pulumi", virtualenv=".nowhere")
    failed = project.up()
    assert failed.returncode != 0
    assert f"runtime.options.virtualenv names {project.folder}/.nowhere" in failed.stderr
    assert "python3 -m venv" in failed.stderr


def test_the_installed_sdk_decides_which_provider_is_required(project: Project) -> None:
    about = project.pulumi("about", "--json")
    versions = {plugin["name"]: plugin["version"] for plugin in json.loads(about.stdout)["plugins"]}
    sdk = next(Path(sys.prefix).glob("lib/python3*/site-packages/pulumi_aws/pulumi-plugin.json"))
    assert versions["aws"] == json.loads(sdk.read_text(encoding="utf-8"))["version"]


def test_the_interpreter_and_its_packages_are_named(project: Project) -> None:
    about = json.loads(project.pulumi("about", "--json", "--transitive").stdout)
    assert about["runtime"]["executable"] == f"{sys.prefix}/bin/python"
    assert about["runtime"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert {"pulumi", "pulumi_aws"} <= {
        package["name"].replace("-", "_") for package in about["dependencies"]
    }


@pytest.fixture
def pack(project: Project) -> Path:
    """A policy pack that refuses when DENY is set, and says so on stderr when it starts."""
    folder = project.folder / "pack"
    folder.mkdir()
    virtualenv = os.path.relpath(sys.prefix, folder)
    (folder / "PulumiPolicy.yaml").write_text(RUNTIME.format(virtualenv=virtualenv), encoding="utf-8")
    program = """
        import os, sys
        from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy

        def judge(arguments, report):
            if "DENY" in os.environ:
                report("nothing is allowed")

        print("the pack starts in", os.getcwd(), file=sys.stderr, flush=True)
        PolicyPack(
            name="tiny",
            enforcement_level=EnforcementLevel.MANDATORY,
            policies=[StackValidationPolicy(name="none", description="Refuses.", validate=judge)],
        )
    """
    (folder / "__main__.py").write_text(textwrap.dedent(program), encoding="utf-8")
    return folder


def test_a_policy_pack_lets_pass_what_it_allows(project: Project, pack: Path) -> None:
    passed = project.up("--policy-pack", str(pack))
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert f"the pack starts in {pack}" in passed.stdout + passed.stderr


def test_a_policy_pack_stops_what_it_refuses(project: Project, pack: Path) -> None:
    refused = project.pulumi("preview", "--stack", "test", PULUMI_OPTION_POLICY_PACK=str(pack), DENY="1")
    assert refused.returncode != 0
    assert "nothing is allowed" in refused.stdout


def test_a_policy_pack_that_does_not_start_is_an_error(project: Project, pack: Path) -> None:
    (pack / "__main__.py").write_text("raise RuntimeError('a broken pack')", encoding="utf-8")
    failed = project.up("--policy-pack", str(pack))
    assert failed.returncode != 0
    assert "a broken pack" in failed.stdout + failed.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_leaves_no_process_and_no_lock(
    project: Project, start: Start, wait_until: WaitUntil, is_alive: IsAlive, number: signal.Signals
) -> None:
    project.write(WAITING)
    folders = [str(project.folder), str(project.engine.folder), str(project.engine.host_folder)]
    command = [sys.executable, "-c", INTERRUPTED, *folders]
    process = start(command, cwd=build.SOURCE.parents[2], env=project.environment)
    wait_until((project.folder / "processes").exists)
    process.send_signal(number)
    assert process.wait(60) == 128 + number
    assert not any(is_alive(member) for member in project.processes())

    project.write("import pulumi")
    assert project.up().returncode == 0


def test_a_killed_cli_takes_its_program_with_it(
    project: Project, start: Start, wait_until: WaitUntil, is_alive: IsAlive
) -> None:
    project.write(WAITING)
    command = [str(project.engine.cli), "up", "--yes", "--skip-preview", "--stack", "test"]
    process = start(command, cwd=project.folder, env=project.environment, stdout=subprocess.DEVNULL)
    wait_until((project.folder / "processes").exists)
    process.kill()
    process.wait(60)
    wait_until(lambda: not any(is_alive(member) for member in project.processes()))
