"""A patch that no longer fits MiniStack says so at start. Runs in the server's own environment."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
PYTHON = ROOT / ".venv-cloud" / "bin" / "python"
START = "import sys; sys.path.insert(0, sys.argv[1])\nfrom localcloud.aws import patches\n"


def run(program: str) -> subprocess.CompletedProcess[str]:
    assert PYTHON.exists(), "install requirements/local-cloud.txt into .venv-cloud"
    assert Path(sys.executable) != PYTHON
    command = [str(PYTHON), "-I", "-c", START + program, str(ROOT)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_all_patches_fit_the_pinned_version() -> None:
    done = run("patches.apply(); print(len(patches.PATCHES))")
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 10


def test_another_version_is_refused_by_its_number() -> None:
    program = "from localcloud.aws.patches import upstream\nupstream.VERSION = '9.9.9'\npatches.apply()"
    assert "the patches were made for 9.9.9" in run(program).stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "del lambda_svc._run_sqs_batch",
            "queue_batches does not fit ministack.services.lambda_svc._run_sqs_batch",
        ),
        (
            "lambda_svc._run_sqs_batch = lambda esm: 1",
            "(it takes (esm), expected (esm, func_rec, event, batch",
        ),
        (
            "from ministack.services import apigateway; del apigateway._create_stage",
            "api_v2_actions does not fit",
        ),
        (
            "from ministack.services import cloudfront; del cloudfront.live_function_code",
            "distribution_references does not fit",
        ),
        (
            "from ministack.core import iam_actions; iam_actions.extract_resource_arn = lambda path: path",
            "edge_permissions does not fit",
        ),
        (
            "from ministack.services import apigateway; del apigateway._route_responses",
            "web_sockets does not fit ministack.services.apigateway._route_responses",
        ),
        (
            "from ministack import app; del app._WSStream._handle_events",
            "web_sockets_frames does not fit ministack.app._WSStream._handle_events",
        ),
        (
            "from ministack.services import sns; sns._fanout = lambda topic: 1",
            "mail_notifications does not fit ministack.services.sns._fanout (it takes (topic)",
        ),
        (
            "from ministack import app; app.SERVICE_HANDLERS['xray'] = 1",
            "trace_api does not fit MiniStack: it has X-Ray itself",
        ),
        ("del apigateway_v1._resources", "openapi_import does not fit"),
        ("del apigateway_v1.find_api_scope", "deployed_apis does not fit"),
        (
            "from ministack.core import lambda_runtime; lambda_runtime._PYTHON_WORKER_SCRIPT = 'run()'",
            "start_failures does not fit",
        ),
    ],
)
def test_what_has_moved_is_named_with_its_patch(change: str, message: str) -> None:
    done = run(f"from ministack.services import apigateway_v1, lambda_svc\n{change}\npatches.apply()")
    assert done.returncode != 0
    assert "PatchError" in done.stderr
    assert message in done.stderr
