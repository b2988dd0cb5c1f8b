"""A pull request from commit to comment: the scripts of the pipeline, on a merge as GitHub makes it."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.home import FOREIGN, SECONDS, Done
from tests.support import checkout
from tests.support.workflows import step_of

STACK = "staging"
QUEUE = "\nfrom pulumi_aws import sqs\n\nsqs.Queue({arguments})\n"
HARMLESS = {"apiThrottleRateLimit": "900"}
AUTHOR = ("-c", "user.name=ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
REPOSITORY = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/omnitrack"}

Change = Callable[[Path], None]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the pipeline makes of a pull request."""

    policy: Done
    preview: Done
    comment: str
    commit: str

    @property
    def verdict(self) -> str:
        """The line of the stack, after its name."""
        (line,) = [one for one in self.comment.splitlines() if one.startswith(f"- `{STACK}`: ")]
        return line.removeprefix(f"- `{STACK}`: ")

    def block(self, title: str) -> list[str]:
        """The items under a title."""
        text = self.comment.partition(f"**{title} (")[2].partition("\n\n")[2].partition("\n\n")[0]
        return [line.removeprefix("- ") for line in text.splitlines()]


def add_queue(project: Path, arguments: str) -> None:
    """Add a queue to the program, as somebody would who has just read how."""
    checkout.before_judgement(project, QUEUE.format(arguments=arguments))


def rename_hash_key(project: Path) -> None:
    """Give the main table's hash key another name."""
    tables = project / "components" / "tables.py"
    checkout.replace(tables, 'hash_key="PK"', 'hash_key="tenantId" if indexes else "PK"')
    checkout.replace(
        tables,
        'dynamodb.TableAttributeArgs(name=f"{index}{key}", type="S")',
        "dynamodb.TableAttributeArgs("
        'name="tenantId" if indexes and f"{index}{key}" == "PK" else f"{index}{key}", type="S")',
    )


def change_setting(project: Path) -> None:
    """Change one setting within its bounds."""
    for setting, value in HARMLESS.items():
        checkout.set_value(project, STACK, setting, value)


def judged(folder: Path, change: Change) -> Judged:
    """Commit the project and a change to it, merge that as GitHub does, and run what the jobs run."""
    project = checkout.copy_project(folder / "project")
    git = partial(_git, project)
    git("init", "--quiet", "--initial-branch", "main")
    links = (".venv", ".venv-cloud", ".local")
    (project / ".git" / "info").mkdir(exist_ok=True)
    (project / ".git" / "info" / "exclude").write_text("\n".join((*links, "__pycache__", "out")))
    git("add", ".")
    git("commit", "--quiet", "--message", "The project")
    git("switch", "--quiet", "--create", "change")
    change(project)
    git("commit", "--quiet", "--all", "--message", "A change")
    git("switch", "--quiet", "--detach", "main")
    git("merge", "--quiet", "--no-ff", "--message", "Merge change into main", "change")
    commit = git("rev-parse", "HEAD").strip()
    before = git("status", "--porcelain"), git("branch", "--all"), git("stash", "list")
    run = partial(_run, project, commit)
    policy = run(step_of("pull-request", "policy", "Judge the program")["run"])
    preview = run(step_of("pull-request", "preview", "without an account")["run"])
    report = run(step_of("pull-request", "report", "Render the report")["run"])
    assert report.returncode == 0, report.stderr
    assert (git("status", "--porcelain"), git("branch", "--all"), git("stash", "list")) == before
    comment = (project / "out" / "report.md").read_text()
    return Judged(policy=policy, preview=preview, comment=comment, commit=commit)


def _git(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *AUTHOR, *arguments], cwd=project, capture_output=True, text=True, check=True, timeout=SECONDS
    )
    return done.stdout


def _run(project: Path, commit: str, script: str) -> Done:
    """Run a script of the pipeline as its runner does, where nobody has signed in to anything."""
    own = {name: value for name, value in os.environ.items() if not name.startswith((*FOREIGN, "GITHUB_"))}
    environment = own | REPOSITORY | {"GITHUB_SHA": commit, "STACK": STACK}
    # The environment is the clone's, and names its folders; these come first.
    environment["PYTHONPATH"] = os.pathsep.join((str(project), str(project / "functions")))
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


@pytest.fixture(scope="module")
def pull_request(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, Change], Judged]]:
    """Call it with a name and a change; two are judged at a time, the known ones from the beginning on."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        begun: dict[str, Future[Judged]] = {}

        def begin(name: str, change: Change) -> Future[Judged]:
            if name not in begun:
                begun[name] = pool.submit(judged, tmp_path_factory.mktemp(name), change)
            return begun[name]

        begin("queue", partial(add_queue, arguments='"orders"'))
        begin("table", rename_hash_key)
        begin("setting", change_setting)
        yield lambda name, change: begin(name, change).result()


@pytest.fixture(scope="module")
def queue(pull_request: Callable[[str, Change], Judged]) -> Judged:
    """A queue without a key."""
    return pull_request("queue", partial(add_queue, arguments='"orders"'))


def test_a_queue_without_a_key_is_red_and_the_comment_says_all_that_mends_it(queue: Judged) -> None:
    assert queue.policy.returncode == 1
    assert queue.preview.returncode == 1
    assert queue.verdict.startswith("**blocked by policy** (1 violation)")
    assert re.search(r", compared with `[0-9a-f]{7}`$", queue.verdict), queue.preview.stderr
    (violation,) = queue.block("Violations of the policy")
    files = f"https://github.com/acme/omnitrack/blob/{queue.commit}"
    assert violation.startswith(f"[`sqs-queue-encrypted`]({files}/docs/policy.md#sqs-queue-encrypted)")
    (place,) = re.findall(r"\[`(__main__\.py:\d+)`\]", violation)
    assert f"({files}/__main__.py#L{place.partition(':')[2]})" in violation
    assert "`orders` (`aws:sqs/queue:Queue`)" in violation
    assert "To do: `set kms_master_key_id to the ARN of the platform's key (such as encryption." in violation
    assert f"`omnitrack policy check -s {STACK}`" in queue.comment
    named = queue.comment.partition("### ")[0]
    assert "sqs-queue-encrypted" in named
    assert place in named
    assert "kms_master_key_id" in named


def test_doing_what_the_comment_says_turns_it_green(
    queue: Judged, pull_request: Callable[[str, Change], Judged]
) -> None:
    (fix,) = queue.block("Violations of the policy")
    ((name, key),) = re.findall(
        r"To do: `set (\w+) to the ARN of the platform's key \(such as (encryption\.\w+)\)`", fix
    )
    mended = partial(add_queue, arguments=f'"orders", {name}={key}')
    green = pull_request("mended", mended)
    assert (green.policy.returncode, green.preview.returncode) == (0, 0), green.preview.stderr
    assert re.fullmatch(r"\*\*ready\*\*; `\+1 ~0 ±0 -0`, compared with `[0-9a-f]{7}`", green.verdict)
    assert "- `orders` (`aws:sqs/queue:Queue`)" in green.comment


def test_a_table_that_would_be_replaced_is_refused(pull_request: Callable[[str, Change], Judged]) -> None:
    red = pull_request("table", rename_hash_key)
    assert red.policy.returncode == 0
    assert red.preview.returncode == 1
    assert red.verdict.startswith("**would lose data** of 1 resource")
    # What reads the table's stream is replaced with it, and keeps nothing.
    (replaced,) = [line for line in red.block("Replaced") if "dynamodb/table" in line]
    assert replaced.startswith("`tables-main` (`aws:dynamodb/table:Table`), at [`components/tables.py:")
    assert "`hashKey` cannot be changed in place. **It would lose its items**" in replaced


def test_a_harmless_change_is_one_update(pull_request: Callable[[str, Change], Judged]) -> None:
    green = pull_request("setting", change_setting)
    assert (green.policy.returncode, green.preview.returncode) == (0, 0), green.preview.stderr
    assert re.fullmatch(r"\*\*ready\*\*; `\+0 ~1 ±0 -0`, compared with `[0-9a-f]{7}`", green.verdict)
    assert len(green.block("Updated in place")) == 1
    assert "permissions" not in green.comment
