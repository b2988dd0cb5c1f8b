"""The pack over gRPC, as the engine speaks to it."""

import json
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2

from policy.rules import RULES
from policy.stages import RETENTION_DAYS
from tests.policy.cases import CASES
from tests.policy.cases.case import UNKNOWN_TEXT, Case, resource, secret
from tests.policy.conftest import PACK, Pack, serve

TOPIC = "aws:sns/topic:Topic"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
STACK = "pulumi:pulumi:Stack"


def about(
    case: Case, diagnostics: list[analyzer_pb2.AnalyzeDiagnostic]
) -> list[analyzer_pb2.AnalyzeDiagnostic]:
    return [found for found in diagnostics if f"\n{case.rule}: " in found.message]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_pack_says_what_the_case_expects(shared_pack: Pack, case: Case) -> None:
    subject = case.resources[0]
    found = [
        one for resource_ in case.resources for one in shared_pack.analyze(resource_) if resource_ is subject
    ]
    found += [one for one in shared_pack.analyze_stack(case.resources) if one.urn == subject.urn]

    assert not [one.message for one in found if "can't run policy" in one.message]
    said = about(case, found)
    if case.fault is not None:
        assert [one.enforcementLevel for one in said] == [analyzer_pb2.MANDATORY]
        assert f'{case.rule}: {subject.type} "{subject.name}" {case.fault}: ' in said[0].message
    else:
        assert [one.policyName.split("-")[0] for one in said] == ["undecided"] * case.undecided
        assert [one.enforcementLevel for one in said] == [analyzer_pb2.ADVISORY] * case.undecided


def test_every_policy_says_its_level_itself(pack: Pack) -> None:
    levels = {policy.name: policy.enforcementLevel for policy in pack.info().policies}
    advisory = {"undecided", "undecided-relations"}
    assert {name for name, level in levels.items() if level == analyzer_pb2.ADVISORY} == advisory
    assert set(levels) - advisory == {
        "encryption",
        "encryption-relations",
        "firewall",
        "firewall-relations",
        "tracing",
        "logs",
        "logs-relations",
        "reach",
    }
    assert {levels[name] for name in set(levels) - advisory} == {analyzer_pb2.MANDATORY}


def test_every_rule_belongs_to_one_mandatory_policy(pack: Pack) -> None:
    tags = [
        tag
        for policy in pack.info().policies
        if policy.enforcementLevel == analyzer_pb2.MANDATORY
        for tag in policy.tags
    ]
    assert sorted(tags) == sorted(rule.id for rule in RULES)


def test_an_unencrypted_topic_is_a_mandatory_violation_of_that_resource(pack: Pack) -> None:
    topic = resource(TOPIC, {"name": "alerts", "displayName": UNKNOWN_TEXT}, name="alerts")
    (found,) = pack.analyze(topic)
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    assert found.policyName == "encryption"
    assert found.message.splitlines()[1] == (
        'sns-topic-cmk: aws:sns/topic:Topic "alerts" has no key of the platform: set kms_master_key_id to '
        "the ARN of the platform's key (https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html)"
    )


def test_a_secret_value_stays_out_of_the_message(pack: Pack) -> None:
    (found,) = pack.analyze(resource(TOPIC, {"kmsMasterKeyId": secret("alias/aws/hunter2")}))
    assert "uses a key that AWS manages" in found.message
    assert "hunter2" not in found.message


def test_a_relation_is_judged_by_inputs_where_outputs_show_what_the_provider_added(pack: Pack) -> None:
    bucket = resource(
        "aws:s3/bucket:Bucket",
        {"bucket": "data"},
        outputs={"serverSideEncryptionConfiguration": UNKNOWN_TEXT},
    )
    pack.analyze(bucket)
    (found,) = pack.analyze_stack([bucket])
    assert "s3-bucket-cmk" in found.message
    assert found.urn == bucket.urn


def test_without_inputs_the_outputs_of_a_state_are_judged(pack: Pack) -> None:
    (found,) = pack.analyze_stack([resource("aws:s3/bucket:Bucket", {"bucket": "data"})])
    assert "s3-bucket-cmk" in found.message


def test_a_resource_that_is_gone_is_not_judged_again(pack: Pack) -> None:
    pack.analyze(resource("aws:s3/bucket:Bucket", {"bucket": "data"}))
    assert pack.analyze_stack([]) == []


@pytest.mark.parametrize("stage", sorted(RETENTION_DAYS))
def test_the_configuration_of_a_stage_asks_for_its_own_retention(pack: Pack, stage: str) -> None:
    configuration = json.loads((PACK / "config" / f"{stage}.json").read_text())
    known = {policy.name for policy in pack.info().policies}
    assert set(configuration) <= known
    days = configuration["logs"]["retentionDays"]
    assert days == RETENTION_DAYS[stage]

    pack.configure(logs={"retentionDays": days})
    kept = {"kmsKeyId": UNKNOWN_TEXT, "retentionInDays": days}
    assert pack.analyze(resource(GROUP, kept, stage=stage)) == []
    assert pack.analyze(resource(STACK, {}, stage=stage)) == []
    (found,) = pack.analyze(resource(GROUP, {**kept, "retentionInDays": days - 1}, stage=stage))
    assert f"keeps its logs for fewer than {days} days" in found.message


def test_a_configuration_may_ask_for_more(pack: Pack) -> None:
    pack.configure(logs={"retentionDays": 90})
    (found,) = pack.analyze(resource(GROUP, {"kmsKeyId": UNKNOWN_TEXT, "retentionInDays": 30}))
    assert "keeps its logs for fewer than 90 days" in found.message
    assert pack.analyze(resource(STACK, {})) == []


def test_a_configuration_below_the_stage_is_refused_and_has_no_effect(pack: Pack) -> None:
    pack.configure(logs={"retentionDays": 7})
    (refused,) = pack.analyze(resource(STACK, {}))
    assert refused.enforcementLevel == analyzer_pb2.MANDATORY
    assert "production keeps its logs for at least 30 days" in refused.message
    assert "raise retentionDays in policy/config/production.json" in refused.message
    (found,) = pack.analyze(resource(GROUP, {"kmsKeyId": UNKNOWN_TEXT, "retentionInDays": 7}))
    assert "keeps its logs for fewer than 30 days" in found.message


def test_a_rule_that_raises_fails_the_call_and_names_rule_and_resource(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import dataclasses\n"
        "from policy import rules\n"
        "def broken(resource, context):\n"
        "    raise ValueError(resource.read('password'))\n"
        "row = dataclasses.replace(rules.RULES[0], judge=broken)\n"
        "rules.CONCERNS['encryption'] = (row,)\n"
        "import policy.__main__\n"
    )
    with serve(tmp_path) as pack, pytest.raises(grpc.RpcError) as raised:
        pack.analyze(resource("aws:kms/key:Key", {"password": "hunter2"}))
    details = raised.value.details() or ""
    assert (
        "policy rule kms-key-rotation failed on urn:pulumi:production::omnitrack::aws:kms/key:Key::subject"
        in details
    )
    assert "hunter2" not in details


def test_pack_and_guard_start_without_the_aws_sdk() -> None:
    script = "import policy.pack, policy.guard, sys; sys.exit('pulumi_aws' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_only_the_pack_starts_a_policy_pack() -> None:
    callers = [path.name for path in PACK.rglob("*.py") if "PolicyPack(" in path.read_text()]
    assert callers == ["__main__.py"]
