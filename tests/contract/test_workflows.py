"""What the pipelines of GitHub promise: rights, pins, order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.program import ROOT
from tests.support.workflows import (
    FILES,
    GITHUB,
    JOBS,
    STEPS,
    WORKFLOWS,
    action,
    commands,
    job_of,
    step_of,
    workflow,
)

if TYPE_CHECKING:
    from pathlib import Path

TRIGGERS = {
    "pull-request": {"pull_request"},
    "main": {"push", "workflow_dispatch"},
    "production": {"push", "workflow_dispatch"},
    "drift": {"schedule", "workflow_dispatch"},
}
DEPLOYMENTS = {("main", "staging"): "staging", ("production", "deploy"): "production"}
ACTIONS = {
    "actions/cache",
    "actions/checkout",
    "actions/setup-python",
    "actions/upload-artifact",
    "aws-actions/configure-aws-credentials",
    "github/codeql-action",
}
# What a job may do beside reading the clone.
RIGHTS: dict[tuple[str, str], dict[str, str]] = {
    ("pull-request", "preview"): {"id-token": "write"},
    ("pull-request", "report"): {
        "actions": "read",
        "pull-requests": "write",
        "security-events": "write",
    },
    ("main", "staging"): {"id-token": "write"},
    ("production", "preview"): {"id-token": "write"},
    ("production", "deploy"): {"id-token": "write"},
    ("drift", "look"): {"id-token": "write"},
    ("drift", "tell"): {"issues": "write"},
}
WITHOUT_A_CLONE = {("pull-request", "gate"), ("drift", "tell")}
CHANGING = re.compile(r"omnitrack (up|destroy|init-db)\b")


def test_the_workflows_are_these_with_their_triggers() -> None:
    assert {path.stem for path in GITHUB.glob("workflows/*")} == set(TRIGGERS) == set(WORKFLOWS)
    for name, triggers in TRIGGERS.items():
        assert set(workflow(name)["on"]) == triggers
    assert workflow("main")["on"]["push"] == {"branches": ["main"]}
    assert workflow("production")["on"]["push"] == {"tags": ["release-*"]}
    assert not workflow("pull-request")["on"]["pull_request"], "a filter would leave the required check open"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(GITHUB)))
def test_an_action_is_known_and_pinned_by_its_commit_with_the_tag_beside(path: Path) -> None:
    for line in path.read_text().splitlines():
        if found := re.search(r"uses: (\S+)(.*)", line):
            used, comment = found.groups()
            if used.startswith("./"):
                assert (ROOT / used / "action.yml").exists(), line
                continue
            name, _, commit = used.partition("@")
            assert "/".join(name.split("/")[:2]) in ACTIONS, line
            assert re.fullmatch(r"[0-9a-f]{40}", commit), line
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), line


def test_an_action_has_one_version_in_all_files() -> None:
    found = {
        (match[1], match[2])
        for path in FILES
        for match in re.finditer(r"uses: ([\w-]+/[\w-]+)[\w/-]*@(.*)", path.read_text())
    }
    assert {name for name, _ in found} == ACTIONS
    assert len(found) == len(ACTIONS)


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_job_has_the_rights_that_it_needs_and_no_others(name: str, job: str) -> None:
    assert workflow(name)["permissions"] == {}
    clone = {} if (name, job) in WITHOUT_A_CLONE else {"contents": "read"}
    assert job_of(name, job)["permissions"] == {**clone, **RIGHTS.get((name, job), {})}


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_job_ends_by_itself_on_a_system_that_stays_the_same(name: str, job: str) -> None:
    assert 0 < int(job_of(name, job)["timeout-minutes"]) <= 60
    assert re.fullmatch(r"ubuntu-\d\d\.04", job_of(name, job)["runs-on"])


def test_nothing_is_cancelled_but_the_judgement_of_an_older_commit() -> None:
    for name in TRIGGERS:
        groups = [workflow(name)["concurrency"]]
        groups += [job["concurrency"] for job in workflow(name)["jobs"].values() if "concurrency" in job]
        expected = "true" if name == "pull-request" else "false"
        assert {group["cancel-in-progress"] for group in groups} == {expected}
    assert "github.event.pull_request.number" in workflow("pull-request")["concurrency"]["group"]


def test_what_changes_a_stack_is_alone_with_it() -> None:
    for name, job in JOBS:
        changes = any(CHANGING.search(step.get("run", "")) for step in job_of(name, job)["steps"])
        assert changes == ((name, job) in DEPLOYMENTS)
        if changes:
            groups = [
                entry.get("concurrency", {}).get("group") for entry in (workflow(name), job_of(name, job))
            ]
            assert f"stack-{DEPLOYMENTS[name, job]}" in groups


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(GITHUB)))
def test_no_key_is_stored_anywhere(path: Path) -> None:
    text = path.read_text()
    assert "secrets." not in text
    for stored in ("access-key", "AWS_ACCESS_KEY", "AWS_SECRET", "PULUMI_ACCESS_TOKEN", "PASSPHRASE"):
        assert stored not in text


def test_a_clone_keeps_no_token() -> None:
    clones = [step for _, step in STEPS if step.get("uses", "").startswith("actions/checkout@")]
    assert len(clones) >= len(TRIGGERS)
    assert all(step["with"]["persist-credentials"] == "false" for step in clones)


def test_only_tests_of_main_write_a_cache_and_no_deployment_reads_one() -> None:
    cached = {
        (name, job): step["with"]["cache"]
        for name, job in JOBS
        for step in job_of(name, job)["steps"]
        if step.get("uses") == "./.github/actions/prepare" and "with" in step
    }
    assert {place for place, use in cached.items() if use == "write"} == {("main", "tests")}
    assert {name for name, _ in cached} == {"pull-request", "main"}
    assert not set(cached) & set(DEPLOYMENTS)
    assert action("prepare")["inputs"]["cache"]["default"] == "none"


def test_pull_requests_and_main_pass_the_same_gate_as_a_laptop() -> None:
    for name in ("pull-request", "main"):
        assert step_of(name, "tests", "The whole gate")["run"] == "make test"
    assert job_of("main", "staging")["needs"] == "tests"


def test_a_role_is_taken_on_own_branches_only() -> None:
    role = job_of("pull-request", "preview")["env"]["ROLE"]
    assert "github.event.pull_request.head.repo.full_name == github.repository &&" in " ".join(role.split())
    assert step_of("pull-request", "preview", "Sign in")["if"] == "env.ROLE != ''"
    without = step_of("pull-request", "preview", "without an account")
    with_it = step_of("pull-request", "preview", "real state")
    assert (without["if"], with_it["if"]) == ("env.ROLE == ''", "env.ROLE != ''")
    assert ("--live" in without["run"], "--live" in with_it["run"]) == (False, True)


def test_without_a_role_a_preview_compares_with_the_base_which_is_fetched() -> None:
    without = step_of("pull-request", "preview", "without an account")
    with_it = step_of("pull-request", "preview", "real state")
    # GitHub checks out a merge of base and head, so its first parent is the base.
    assert ("--since HEAD^1 " in without["run"], "--since" in with_it["run"]) == (True, False)
    clone = step_of("pull-request", "preview", "as it would be merged")
    assert clone["with"]["fetch-depth"] == "2"
    assert "ref" not in clone["with"]


def test_the_report_is_told_whatever_happened() -> None:
    report = job_of("pull-request", "report")
    assert report["if"] == "always()"
    assert set(report["needs"]) == {"policy", "preview"}
    for words in ("Render", "summary", "comment", "whole report", "Staging in", "Production in"):
        assert "always()" in step_of("pull-request", "report", words)["if"], words
    for job in ("policy", "preview"):
        assert step_of("pull-request", job, "for the report")["if"] == "always()"
    comment = step_of("pull-request", "report", "comment")
    assert comment["continue-on-error"] == "true"
    assert "preview comment" in comment["run"]


@pytest.mark.parametrize(("place", "stack"), DEPLOYMENTS.items())
def test_a_deployment_is_judged_and_asked_how_it_is(place: tuple[str, str], stack: str) -> None:
    job = job_of(*place)
    assert job["environment"] == stack
    calls = [call for step in job["steps"] for call in commands(step.get("run", ""))]
    assert [call.partition(" ${")[0] for call in calls] == [
        f"up -s {stack} --live --yes",
        f"policy analyze -s {stack} --live",
        f"health -s {stack} --live",
    ]
    assert not any("if" in step or "continue-on-error" in step for step in job["steps"])


def test_production_gets_the_tagged_commit_after_its_preview() -> None:
    preview, deploy = job_of("production", "preview"), job_of("production", "deploy")
    assert preview["if"] == "startsWith(github.ref, 'refs/tags/release-')"
    assert deploy["needs"] == "preview"
    assert "if" not in deploy
    for job in (preview, deploy):
        assert job["steps"][0]["with"]["ref"] == "${{ github.sha }}"
    report = step_of("production", "preview", "report for whoever approves")
    assert report["if"] == "always()"
    assert "GITHUB_STEP_SUMMARY" in report["run"]


def test_staging_gets_commits_of_main_in_their_order() -> None:
    assert job_of("main", "staging")["if"] == "github.ref == 'refs/heads/main'"
    # A run on another branch would replace the commit of main that waits.
    group = "${{ github.workflow }}-${{ github.ref }}"
    assert workflow("main")["concurrency"] == {"group": group, "cancel-in-progress": "false"}


@pytest.mark.parametrize(
    ("place", "stacks"),
    [(("pull-request", "report"), ["staging", "production"]), (("production", "preview"), ["production"])],
)
def test_a_report_tells_also_of_a_stack_that_left_nothing(place: tuple[str, str], stacks: list[str]) -> None:
    scripts = [step.get("run", "") for step in job_of(*place)["steps"]]
    (script,) = [script for script in scripts if "omnitrack preview report" in script]
    assert re.findall(r"--expect (\S+)", script) == stacks


def test_drift_of_both_stacks_is_looked_for_and_told() -> None:
    look, tell = job_of("drift", "look"), job_of("drift", "tell")
    assert look["strategy"] == {"fail-fast": "false", "matrix": {"stack": ["staging", "production"]}}
    scripts = " ".join(step.get("run", "") for step in look["steps"])
    assert 'refresh -s "$STACK" --live -- --preview-only --expect-no-changes' in scripts
    assert 'policy analyze -s "$STACK" --live' in scripts
    assert step_of("drift", "look", "Judge")["if"] == "always()"
    assert (tell["needs"], tell["if"]) == ("look", "always() && needs.look.result != 'success'")
    assert not any("continue-on-error" in step for step in look["steps"])


def test_what_has_to_be_set_up_in_github_is_written_down() -> None:
    text = (ROOT / "docs" / "delivery.md").read_text()
    source = "".join(path.read_text() for path in FILES)
    named = set(re.findall(r"vars\.([A-Z_]+)", source))
    assert named >= {"AWS_DEPLOY_ROLE_ARN", "AWS_PREVIEW_ROLE_ARN", "PULUMI_BACKEND_URL"}
    environments = {"staging", "production", "staging-preview", "production-preview"}
    for name in named | environments | {"gate"}:
        assert f"`{name}`" in text, name
