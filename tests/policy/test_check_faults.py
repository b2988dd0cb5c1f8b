"""What cannot be judged fails, with a sentence: broken programs, ways around the guard, wrong calls."""

import json
from pathlib import Path

import pytest

from policy import blind_spots, check, guard, trial
from policy.rule import RuleError
from tests.policy.checked_project import HEAD, ROOT, TAIL, Project, command, found, isolated


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return isolated(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("program", "refusal"),
    [
        ("import pulumi\n", "the program does not call policy.guard.install() before its first resource"),
        (HEAD, trial.UNJUDGED),
        (HEAD + "aws.get_caller_identity()" + TAIL, blind_spots.WAITED),
        (
            HEAD + "pulumi.runtime.register_stack_transformation(lambda args: None)" + TAIL,
            (
                "a stack transformation was registered after policy.guard.install(): register it before, "
                "the guard must see the inputs that come out of it"
            ),
        ),
    ],
)
def test_ways_around_the_guard_fail(project: Project, program: str, refusal: str) -> None:
    document = project.check_program(program)
    assert refusal in document["refusals"]
    assert document["verdict"] == "failed"


def test_the_guard_neither_stops_nor_hides_anything_and_prints_go_to_stderr(project: Project) -> None:
    project.write(HEAD + 'print("hello")\naws.sns.Topic("news")' + TAIL)
    ended = command("--stack", "production", "--root", str(project.root), "--format", "json")
    assert found(json.loads(ended.stdout), "sns-topic-cmk") == ["news"]
    assert ended.stderr == "hello\n"


def test_a_guard_of_an_earlier_run_counts_for_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_guards", [object()])
    document = project.check_program("import pulumi\n")
    assert "the program does not call policy.guard.install()" in document["refusals"][0]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("raise SystemExit(3)", "the program left with exit code 3"),
        ("raise SystemExit", "the program left with exit code None"),
        ("raise pulumi.RunError('the contract says no')", "the contract says no"),
        ("pulumi.log.error('mend the settings'); raise SystemExit(32)", "mend the settings"),
        ("pulumi.log.error('this fails a preview')", "this fails a preview"),
        ("raise KeyboardInterrupt", "the program was interrupted"),
        ("import os; os._exit(0)", "the program ended the process that ran it (exit code 0)"),
        ("import os; os.kill(os.getpid(), 9)", "the program ended the process that ran it (exit code -9)"),
        (
            "guard.install(stage='production', retention_days=30)",
            "policy.guard.install() is called twice: what was registered before would be forgotten",
        ),
        (
            "raise ValueError('hunter2')",
            "the program failed with ValueError at __main__.py:9: its traceback is on stderr",
        ),
        (
            "async def main(): raise ValueError('hunter2')\npulumi.run(main)",
            "the program failed with ValueError at __main__.py:9: its traceback is on stderr",
        ),
        (
            "key.arn.apply(lambda arn: 1 / 0)",
            "the program failed with ZeroDivisionError at __main__.py:9: its traceback is on stderr",
        ),
    ],
)
def test_a_program_that_does_not_come_to_its_end_fails_with_a_sentence(
    project: Project, body: str, error: str
) -> None:
    document = project.check(body)
    assert document["error"] == error
    assert document["verdict"] == "failed"
    assert "hunter2" not in json.dumps(document)


@pytest.mark.parametrize(
    ("file", "text", "error"),
    [
        ("Pulumi.yaml", "runtime: python", "Pulumi.yaml has no name: say what the project is called"),
        ("Pulumi.yaml", "- a", "Pulumi.yaml:1:1: must be a mapping"),
        (
            "Pulumi.production.yaml",
            "config: 7",
            "Pulumi.production.yaml: config must be a mapping of settings",
        ),
        ("Pulumi.production.yaml", "config: [\n  }", "Pulumi.production.yaml:2:3: is no YAML, "),
        ("Pulumi.yaml", None, "there is no Pulumi.yaml in "),
        ("Pulumi.production.yaml", None, "there is no Pulumi.production.yaml in "),
        ("__main__.py", None, "there is no program: __main__.py is missing"),
    ],
)
def test_a_project_that_cannot_be_read_fails_with_the_place(
    project: Project, file: str, text: str | None, error: str
) -> None:
    project.write("")
    (project.root / file).unlink()
    if text is not None:
        (project.root / file).write_text(text)
    assert (check.check(project.root, "production")["error"] or "").startswith(error)


def test_the_policys_own_faults_fail_the_check(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise RuleError("policy rule x failed on y")

    project.write(HEAD + TAIL)
    (project.root / "exemptions.yaml").write_text("exemptions: [\n")
    assert (check.check(project.root, "production")["error"] or "").startswith("policy/exemptions.yaml:2:1: ")
    (project.root / "exemptions.yaml").unlink()
    monkeypatch.setattr(check, "judge_stack", broken)
    assert check.check(project.root, "production")["error"] == "policy rule x failed on y"


def test_one_run_writes_several_reports(project: Project) -> None:
    project.write(HEAD + 'aws.sns.Topic("news")' + TAIL)
    out = project.root / "out" / "production"
    ended = command(
        *("--stack", "production", "--root", str(project.root), "--format", "json"),
        *("--write", f"sarif={out}/policy.sarif", "--write", f"markdown={out}/policy.md"),
    )
    assert ended.returncode == 1
    assert ended.stderr == ""
    assert json.loads(ended.stdout)["verdict"] == "failed"
    results = json.loads((out / "policy.sarif").read_text())["runs"][0]["results"]
    assert "sns-topic-cmk" in {result["ruleId"] for result in results}
    assert (out / "policy.md").read_text().startswith("### Policy of <code>production</code>: failed\n")


def test_a_settings_fault_of_this_program_is_a_sentence_without_a_traceback(tmp_path: Path) -> None:
    for name in ("__main__.py", "settings.py", "Pulumi.yaml", "composition", "components", "functions"):
        (tmp_path / name).symlink_to(ROOT / name)
    settings = (ROOT / "Pulumi.staging.yaml").read_text().replace("enableWaf: true", "enableWaf: perhaps")
    (tmp_path / "Pulumi.staging.yaml").write_text(settings)
    output = tmp_path / "policy.json"
    ended = command(
        "--stack", "staging", "--root", str(tmp_path), "--format", "json", "--output", str(output)
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("policy: mend 1 setting of staging in Pulumi.staging.yaml:")
    assert "Traceback" not in ended.stderr
    assert "omnitrack:enableWaf is perhaps" in json.loads(output.read_text())["error"]


@pytest.mark.parametrize(
    "arguments",
    [[], ["--stack", "staging", "--format", "xml"], ["--stack", "staging", "--write", "xml=a"], ["--stack"]],
)
def test_a_wrong_call_ends_with_2(arguments: list[str]) -> None:
    ended = command(*arguments)
    assert ended.returncode == 2
    assert "usage: " in ended.stderr


@pytest.mark.parametrize("stack", ["nope", "", "../../etc/x", "..", "prod*"])
def test_a_stack_that_the_project_has_not_is_a_wrong_call(project: Project, stack: str) -> None:
    project.write(HEAD + TAIL)
    ended = command("--stack", stack, "--root", str(project.root), "--format", "json")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"policy: no stack is named {stack!r}: choose production\n"


@pytest.mark.parametrize("stack", ["", "../production", "a/b", "a\n"])
def test_a_name_is_never_a_way_to_another_folder(project: Project, stack: str) -> None:
    project.write(HEAD + TAIL)
    assert check.check(project.root, stack)["error"] == f"{stack!r} is no name of a stack"


def test_a_folder_that_is_none_is_a_wrong_call(project: Project) -> None:
    project.write(HEAD + TAIL)
    file = project.root / "Pulumi.yaml"
    ended = command("--stack", "production", "--root", str(file))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"policy: {file} is no folder: name the one of Pulumi.yaml with --root\n"


def test_a_settings_file_that_cannot_be_read_is_a_sentence(project: Project) -> None:
    project.write(HEAD + TAIL)
    file = project.root / "Pulumi.production.yaml"
    file.unlink()
    file.mkdir()
    error = check.check(project.root, "production")["error"] or ""
    assert error.startswith("Pulumi.production.yaml in ")
    assert error.endswith("cannot be read: Is a directory")


def test_a_full_disk_is_told_with_the_file(project: Project) -> None:
    project.write(HEAD + TAIL)
    call = ("--stack", "production", "--root", str(project.root))
    full = command(*call, "--write", "json=/dev/full")
    assert (full.returncode, full.stderr) == (
        1,
        "policy: /dev/full cannot be written: No space left on device\n",
    )
    with Path("/dev/full").open("w") as output:
        # The report of this repository is short enough to wait in the buffer until the end.
        ended = command("--stack", "production", stdout=output)
    assert (ended.returncode, ended.stderr) == (
        1,
        "policy: the report cannot be written: No space left on device\n",
    )


def test_a_report_that_cannot_be_written_is_a_sentence(project: Project) -> None:
    project.write(HEAD + TAIL)
    ended = command(*("--stack", "production", "--root", str(project.root), "--output", str(project.root)))
    assert ended.returncode == 1
    assert ended.stderr == f"policy: {project.root} cannot be written: Is a directory\n"
