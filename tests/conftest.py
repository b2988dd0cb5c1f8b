"""What holds for every test: nothing of the machine that runs them is known to what they run."""

import os

# The chosen account, pipeline and stack of whoever starts the tests; workers and subprocesses inherit this.
FOREIGN = ("AWS_", "GITHUB_", "PULUMI_")
PIPELINE = "CI"


def pytest_configure() -> None:
    """Forget who runs the tests: a workflow and a laptop must see the same."""
    for name in [name for name in os.environ if name == PIPELINE or name.startswith(FOREIGN)]:
        del os.environ[name]
