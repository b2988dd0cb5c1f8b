"""Only jobs of the one repository, in the one environment, may take a role."""

from __future__ import annotations

from typing import Any

import pytest

from runbook.bootstrap.names import ISSUER, Names
from runbook.bootstrap.trust import SOURCES, Repository, repository, trust, trusted
from runbook.errors import UsageError
from runbook.stacks import ROOT
from tests.runbook import iam_evaluator

NAMES = Names(stack="staging", account="123456789012", region="us-east-1", prefix="omnitrack-staging")
BY_NAME = Repository(owner="acme", name="twin")
BY_NUMBER = Repository(owner="acme", name="twin", owner_id="11", repository_id="22")
DEPLOYS = "environment:staging"
OLD, NEW = f"repo:acme/twin:{DEPLOYS}", f"repo:acme@11/twin@22:{DEPLOYS}"


def taken_by(repo: Repository, subject: str, **claims: str) -> bool:
    """Whether a token may take the role; without other claims, it is one of the repository itself."""
    token = {"aud": "sts.amazonaws.com", "repository": "acme/twin", "repository_id": "22"}
    context = {f"{ISSUER}:{name}": text for name, text in {**token, "sub": subject, **claims}.items()}
    document = trust(NAMES, repo, DEPLOYS)
    return iam_evaluator.allows([document], "sts:AssumeRoleWithWebIdentity", "*", context)


@pytest.mark.parametrize("repo", [BY_NAME, BY_NUMBER], ids=["by name", "by number"])
@pytest.mark.parametrize("subject", [OLD, NEW])
def test_jobs_of_the_environment_take_the_role_by_either_form_of_subject(
    repo: Repository, subject: str
) -> None:
    assert taken_by(repo, subject)


HOSTILE = {
    "another repository": ("repo:acme/other:environment:staging", "acme/other", "33"),
    "another repository, numbered": ("repo:acme@11/other@33:environment:staging", "acme/other", "33"),
    "a longer name": ("repo:acme/twin-two:environment:staging", "acme/twin-two", "33"),
    "a longer name, numbered": ("repo:acme@11/twin-two@33:environment:staging", "acme/twin-two", "33"),
    "a name that ends alike": ("repo:acme@11/my-twin@33:environment:staging", "acme/my-twin", "33"),
    "another owner": ("repo:evil/twin:environment:staging", "evil/twin", "33"),
    "another owner, numbered": ("repo:evil@9/twin@33:environment:staging", "evil/twin", "33"),
    "an owner that begins alike": ("repo:acme-labs@9/twin@33:environment:staging", "acme-labs/twin", "33"),
    "a fork": ("repo:mallory@7/twin@44:environment:staging", "mallory/twin", "44"),
    "another environment": ("repo:acme/twin:environment:production", "acme/twin", "22"),
    "another environment, numbered": ("repo:acme@11/twin@22:environment:production", "acme/twin", "22"),
    "the environment that only looks": (
        "repo:acme@11/twin@22:environment:staging-preview",
        "acme/twin",
        "22",
    ),
    "an environment that begins alike": ("repo:acme/twin:environment:staging-2", "acme/twin", "22"),
    "a pull request": ("repo:acme/twin:pull_request", "acme/twin", "22"),
    "a branch": ("repo:acme@11/twin@22:ref:refs/heads/main", "acme/twin", "22"),
    "a branch that is named so": ("repo:acme/twin:ref:refs/heads/environment-staging", "acme/twin", "22"),
    "a customised subject of another repository": (
        "repo:acme@11/other@33:workflow:/twin@22:environment:staging",
        "acme/other",
        "33",
    ),
    "a workflow that is named like a repository": (
        "repo:acme@11/other@33:x/twin@22:environment:staging",
        "acme/other",
        "33",
    ),
    "an escaped colon": ("repo:acme@11/other@33:environment:/twin@22%3Astaging", "acme/other", "33"),
    "another case": ("repo:acme/TWIN:environment:staging", "acme/TWIN", "33"),
    "nothing": ("", "", ""),
}


@pytest.mark.parametrize("repo", [BY_NAME, BY_NUMBER], ids=["by name", "by number"])
@pytest.mark.parametrize("case", HOSTILE)
def test_nobody_else_takes_it(repo: Repository, case: str) -> None:
    subject, path, number = HOSTILE[case]
    assert not taken_by(repo, subject, repository=path, repository_id=number)


@pytest.mark.parametrize("case", HOSTILE)
def test_the_subject_alone_keeps_them_out(case: str) -> None:
    """So that a claim which AWS would stop to compare takes no protection away."""
    subject, _, _ = HOSTILE[case]
    assert not taken_by(BY_NAME, subject)
    assert not taken_by(BY_NUMBER, subject)


@pytest.mark.parametrize("repo", [BY_NAME, BY_NUMBER], ids=["by name", "by number"])
@pytest.mark.parametrize("audience", ["https://github.com/acme", "sts.amazonaws.com.evil.example", ""])
def test_a_token_for_somebody_else_is_refused(repo: Repository, audience: str) -> None:
    assert not taken_by(repo, OLD, aud=audience)


def test_with_numbers_a_later_repository_of_the_name_is_refused() -> None:
    recycled = {"repository": "acme/twin", "repository_id": "99"}
    assert not taken_by(BY_NUMBER, OLD, **recycled)
    assert not taken_by(BY_NUMBER, "repo:acme@12/twin@99:environment:staging", **recycled)


def test_a_wildcard_alone_would_let_another_repository_in() -> None:
    """Why the long subjects are excluded: the evaluator sees the hole that they close."""
    statement: dict[str, Any] = trust(NAMES, BY_NAME, DEPLOYS)["Statement"][0]
    pattern = {"StringLike": statement["Condition"]["StringLike"]}
    subject = HOSTILE["a customised subject of another repository"][0]
    assert iam_evaluator.holds("StringLike", pattern["StringLike"], {f"{ISSUER}:sub": subject})


@pytest.mark.parametrize(
    "path", ["acme", "acme/twin/x", "acme/*", "*/twin", "acme/tw?n", "ac me/twin", "/twin", ""]
)
def test_what_is_no_repository_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="is no repository: write --repository ORG/REPO"):
        repository(path, owner_id=None, repository_id=None)


@pytest.mark.parametrize(("owner", "number"), [("1", None), (None, "2"), ("1", "x"), ("*", "2"), ("1", "")])
def test_the_numbers_go_together(owner: str | None, number: str | None) -> None:
    with pytest.raises(UsageError, match="go together and are numbers"):
        repository("acme/twin", owner_id=owner, repository_id=number)


def test_a_repository_is_taken_apart() -> None:
    assert repository("acme/twin", owner_id="11", repository_id="22") == BY_NUMBER
    assert repository("acme/twin", owner_id=None, repository_id=None) == BY_NAME


REFS = {
    "staging": {
        "refs/heads/main": True,
        "refs/heads/feature": False,
        "refs/heads/main-2": False,
        "refs/heads/refs/heads/main": False,
        "refs/pull/7/merge": False,
        "refs/tags/main": False,
        "refs/tags/release-1": False,
    },
    "production": {
        "refs/tags/release-2026-11-24": True,
        "refs/heads/main": False,
        "refs/heads/release-1": False,
        "refs/heads/refs/tags/release-1": False,
        "refs/pull/7/merge": False,
        "refs/tags/v1": False,
        "refs/tags/my-release-1": False,
    },
}


@pytest.mark.parametrize("repo", [BY_NAME, BY_NUMBER], ids=["by name", "by number"])
@pytest.mark.parametrize(
    ("stack", "ref", "answer"),
    [(stack, ref, answer) for stack, refs in REFS.items() for ref, answer in refs.items()],
)
def test_a_job_deploys_from_main_or_from_a_release_only_whatever_environment_it_names(
    repo: Repository, stack: str, ref: str, *, answer: bool
) -> None:
    """GitHub makes an environment that a job names, without protection."""
    names = Names(stack=stack, account="123456789012", region="us-east-1", prefix=f"omnitrack-{stack}")
    document = trust(names, repo, f"environment:{stack}", SOURCES[stack])
    claims = {"aud": "sts.amazonaws.com", "repository": "acme/twin", "repository_id": "22"}
    claims |= {"sub": f"repo:acme@11/twin@22:environment:{stack}"}
    context = {f"{ISSUER}:{name}": text for name, text in claims.items()}
    action = "sts:AssumeRoleWithWebIdentity"
    assert iam_evaluator.allows([document], action, "*", context | {f"{ISSUER}:ref": ref}) is answer
    assert not iam_evaluator.allows([document], action, "*", context), "a token without the claim"


@pytest.mark.parametrize("case", HOSTILE)
def test_the_right_branch_of_another_repository_is_refused_all_the_same(case: str) -> None:
    subject, path, number = HOSTILE[case]
    for repo in (BY_NAME, BY_NUMBER):
        document = trust(NAMES, repo, DEPLOYS, SOURCES["staging"])
        claims = {"aud": "sts.amazonaws.com", "repository": path, "repository_id": number, "sub": subject}
        context = {f"{ISSUER}:{name}": text for name, text in {**claims, "ref": "refs/heads/main"}.items()}
        assert not iam_evaluator.allows([document], "sts:AssumeRoleWithWebIdentity", "*", context)


def test_the_workflows_deploy_from_what_the_roles_trust() -> None:
    workflows = ROOT / ".github" / "workflows"
    assert f"if: github.ref == '{SOURCES['staging'].ref}'" in (workflows / "main.yml").read_text()
    begins = SOURCES["production"].ref.removesuffix("*")
    assert f"if: startsWith(github.ref, '{begins}')" in (workflows / "production.yml").read_text()


@pytest.mark.parametrize("repo", [BY_NAME, BY_NUMBER], ids=["by name", "by number"])
@pytest.mark.parametrize("source", [None, *SOURCES.values()], ids=["anywhere", *SOURCES])
def test_a_policy_tells_whom_it_trusts(repo: Repository, source: Any) -> None:
    assert trusted(trust(NAMES, repo, DEPLOYS, source)) == [repo]


def test_a_policy_that_trusts_no_repository_tells_none() -> None:
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    assert trusted({"Statement": [anybody]}) == []


@pytest.mark.parametrize(
    ("former", "now", "answer"),
    [
        (BY_NAME, BY_NAME, True),
        (BY_NUMBER, BY_NUMBER, True),
        (BY_NAME, BY_NUMBER, True),
        (BY_NUMBER, BY_NAME, False),
        (BY_NUMBER, Repository(owner="acme", name="twin", owner_id="11", repository_id="23"), False),
        (BY_NAME, Repository(owner="acme", name="other"), False),
    ],
)
def test_only_the_same_repository_takes_the_place_of_one_unasked(
    former: Repository, now: Repository, *, answer: bool
) -> None:
    assert now.admits(former) is answer
