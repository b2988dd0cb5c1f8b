"""What the policy pack adds to a preview, by the number of resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.measure import Row, durations, in_turns
from bench.workspace import ROOT
from runbook import preview_provider
from runbook.deployments import POLICY_PACK

if TYPE_CHECKING:
    from pathlib import Path

    from bench.workspace import Generated, Workspace

AIMS: Final = {250: "1 s", 1000: "1.5 s"}
SMALL: Final = 25
EMPTY_PACK: Final = """\
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

nothing = ResourceValidationPolicy("nothing", "Nothing is judged.", validate=lambda _args, _report: None)
PolicyPack("empty", policies=[nothing], enforcement_level=EnforcementLevel.MANDATORY)
"""
# Five resources a turn, as a function of the platform has them; none breaks a rule.
PROGRAM: Final = """\
import json
import pulumi
from pulumi_aws import cloudwatch, iam, kms, lambda_, sqs

def document(**statement):
    return json.dumps({{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", **statement}}]}})

key = kms.Key("key", enable_key_rotation=True, deletion_window_in_days=30)
trust = document(Principal={{"Service": "lambda.amazonaws.com"}}, Action="sts:AssumeRole")
traces = document(Action=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource="*")
dead = sqs.Queue("dead", name="dead", kms_master_key_id=key.arn)
for number in range({turns}):
    name = f"part-{{number}}"
    logs = cloudwatch.LogGroup(name, name=f"/aws/lambda/{{name}}", kms_key_id=key.arn, retention_in_days=30)
    role = iam.Role(name, assume_role_policy=trust)
    iam.RolePolicy(name, role=role.id, policy=traces)
    lambda_.Function(
        name, name=name, role=role.arn, handler="a.b", runtime="python3.13", kms_key_arn=key.arn,
        code=pulumi.AssetArchive({{"a.py": pulumi.StringAsset("x")}}), tracing_config={{"mode": "Active"}},
        logging_config={{"log_format": "JSON", "log_group": logs.name}}, reserved_concurrent_executions=1,
        environment={{"variables": {{f"SETTING_{{i}}": "x" * 40 for i in range(20)}}}},
    )
    sqs.Queue(
        name, name=name, kms_master_key_id=key.arn,
        redrive_policy=pulumi.Output.json_dumps({{"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}}),
    )
"""
SETTINGS: Final = """\
config:
  aws:region: {value: us-east-1}
  aws:defaultTags: {value: {tags: {Project: sized, Environment: production, ManagedBy: pulumi}}}
"""


def measure(workspace: Workspace, runs: int) -> list[Row]:
    """Preview programs of three sizes without a pack, with an empty one, and with the platform's."""
    pack = _empty_pack(workspace)
    rows = []
    with preview_provider.started() as port:
        for size in (SMALL, *AIMS):
            program = PROGRAM.format(turns=(size - 2) // 5)
            project = workspace.generated(f"sized-{size}", program, settings=SETTINGS, provider=port)

            def preview(*flags: str, project: Generated = project) -> None:
                project.pulumi("preview", "--stack", "production", *flags)

            taken = in_turns(
                runs,
                {
                    "no pack": preview,
                    "an empty pack": lambda: preview("--policy-pack", str(pack)),
                    "the policy pack": lambda: preview("--policy-pack", str(POLICY_PACK)),
                },
            )
            rows.append(durations(f"preview of {size} resources without a pack", taken["no pack"]))
            for name in ("an empty pack", "the policy pack"):
                added = [pair[0] - pair[1] for pair in zip(taken[name], taken["no pack"], strict=True)]
                aim = AIMS.get(size, "") if name == "the policy pack" else ""
                rows.append(durations(f"{name} adds, {size} resources", added, aim=aim))
    return rows


def _empty_pack(workspace: Workspace) -> Path:
    """A pack that judges nothing: what the engine and the SDK take for themselves."""
    folder = workspace.folder / "empty-pack"
    folder.mkdir()
    (folder / "__main__.py").write_text(EMPTY_PACK, encoding="utf-8")
    manifest = (POLICY_PACK / "PulumiPolicy.yaml").read_text("utf-8")
    (folder / "PulumiPolicy.yaml").write_text(manifest.replace("../.venv", str(ROOT / ".venv")), "utf-8")
    return folder
