"""The pack over gRPC, as the engine speaks to it."""

import contextlib
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2

from policy import configuration
from policy.configuration import RELATIONS
from policy.graph import Resource
from policy.rule import Level
from policy.rules import BY_ID, RULES
from policy.stages import RETENTION_DAYS
from tests.policy.cases import CASES
from tests.policy.cases.case import UNKNOWN_BLOCK, UNKNOWN_TEXT, Case, resource, secret
from tests.policy.conftest import PACK, Configured, Pack, serve

TOPIC = "aws:sns/topic:Topic"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
STACK = "pulumi:pulumi:Stack"
LEVELS = {Level.MANDATORY: analyzer_pb2.MANDATORY, Level.ADVISORY: analyzer_pb2.ADVISORY}


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
        assert [one.enforcementLevel for one in said] == [LEVELS[BY_ID[case.rule].level]]
        assert said[0].policyName.removesuffix(RELATIONS) == case.rule
        assert f'{case.rule}: {subject.type} "{subject.name}" {case.fault}: ' in said[0].message
    else:
        assert [one.policyName.split("-")[0] for one in said] == ["undecided"] * case.undecided
        assert [one.enforcementLevel for one in said] == [analyzer_pb2.ADVISORY] * case.undecided


def test_every_rule_is_a_policy_of_its_own_at_its_own_level(pack: Pack) -> None:
    policies = {policy.name: policy for policy in pack.info().policies}
    advisory = {"undecided", "undecided-relations", "exempted", "exempted-relations"}
    twice = {f"{rule.id}-relations" for rule in RULES if rule.alone}
    assert set(policies) - advisory - twice == {rule.id for rule in RULES}
    assert {policies[name].enforcementLevel for name in advisory} == {analyzer_pb2.ADVISORY}
    for rule in RULES:
        policy = policies[rule.id]
        assert policy.enforcementLevel == LEVELS[rule.level]
        assert policy.description == rule.title
        assert policy.remediation_steps == rule.fix
        assert policy.url == rule.source
        assert list(policy.tags) == [rule.concern, *rule.frameworks]


def told(rule: str, found: list[analyzer_pb2.AnalyzeDiagnostic]) -> list[analyzer_pb2.AnalyzeDiagnostic]:
    """What a rule's own policy says."""
    return [one for one in found if one.policyName == rule]


def test_an_unencrypted_topic_is_a_mandatory_violation_of_that_resource(pack: Pack) -> None:
    topic = resource(TOPIC, {"name": "alerts", "displayName": UNKNOWN_TEXT}, name="alerts")
    (found,) = told("sns-topic-cmk", pack.analyze(topic))
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    assert found.severity == analyzer_pb2.POLICY_SEVERITY_CRITICAL
    assert found.urn == topic.urn
    assert found.message.splitlines()[1] == (
        'sns-topic-cmk: aws:sns/topic:Topic "alerts" has no key of the platform: set kms_master_key_id to '
        "the ARN of the platform's key (such as encryption.queues_key_arn) [critical; FSBP SNS.1, "
        "CKV_AWS_26, "
        "SNSEncryptedKMS, AWS-0095, AWS-0136] (https://docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html)"
    )


def test_a_secret_value_stays_out_of_the_message(pack: Pack) -> None:
    (found,) = told(
        "sns-topic-cmk", pack.analyze(resource(TOPIC, {"kmsMasterKeyId": secret("alias/aws/hunter2")}))
    )
    assert "uses a key that AWS manages" in found.message
    assert "hunter2" not in found.message


def test_a_relation_is_judged_by_inputs_where_outputs_show_what_the_provider_added(pack: Pack) -> None:
    bucket = resource(
        "aws:s3/bucket:Bucket",
        {"bucket": "data"},
        outputs={"serverSideEncryptionConfiguration": UNKNOWN_TEXT},
    )
    pack.analyze(bucket)
    (found,) = told("s3-bucket-cmk", pack.analyze_stack([bucket]))
    assert found.urn == bucket.urn


def test_without_inputs_the_outputs_of_a_state_are_judged(pack: Pack) -> None:
    assert told("s3-bucket-cmk", pack.analyze_stack([resource("aws:s3/bucket:Bucket", {"bucket": "data"})]))


def test_without_inputs_an_unknown_value_that_depends_on_nothing_is_not_the_programs(pack: Pack) -> None:
    function = resource("aws:lambda/function:Function", {"name": "twin", "loggingConfig": UNKNOWN_BLOCK})
    assert told("lambda-log-group-managed", pack.analyze_stack([function]))
    group = resource(GROUP, {"name": "/aws/lambda/twin", "retentionInDays": 30}, name="logs")
    found = pack.analyze_stack([function, group])
    assert not [one for one in found if "lambda-log-group-managed" in one.message]


def test_what_has_become_known_since_the_inputs_were_shown_counts(pack: Pack) -> None:
    stage = resource(
        "aws:apigateway/stage:Stage",
        {"restApi": "a1", "stageName": "production"},
        outputs={"arn": "arn:aws:apigateway:us-east-1::/restapis/a1/stages/production"},
    )
    association = resource(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        {"resourceArn": UNKNOWN_TEXT, "webAclArn": UNKNOWN_TEXT},
        name="association",
        outputs={"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/a1/stages/other"},
    )
    pack.analyze(association)
    assert told("apigw-stage-waf", pack.analyze_stack([stage, association]))


def test_what_a_resource_tells_alone_is_told_once(pack: Pack) -> None:
    distribution = resource("aws:cloudfront/distribution:Distribution", {"enabled": True})
    (found,) = told("cloudfront-waf", pack.analyze(distribution))
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    again = pack.analyze_stack([distribution])
    assert not [one for one in again if "cloudfront-waf" in one.message]
    other = resource("aws:cloudfront/distribution:Distribution", {"enabled": True}, name="of the state")
    assert told("cloudfront-waf-relations", pack.analyze_stack([other]))


def test_a_component_of_a_package_nobody_knows_makes_nothing_itself(pack: Pack) -> None:
    assert told("resource-type-known", pack.analyze(resource("company:platform:Thing", {})))
    group = resource("company:platform:Group", {})
    assert pack.analyze(dataclasses.replace(group, is_component=True)) == []


def test_a_resource_that_is_gone_is_not_judged_again(pack: Pack) -> None:
    pack.analyze(resource("aws:s3/bucket:Bucket", {"bucket": "data"}))
    assert pack.analyze_stack([]) == []


def kept(days: object, stage: str = "production") -> Resource:
    return resource(GROUP, {"kmsKeyId": UNKNOWN_TEXT, "retentionInDays": days}, stage=stage)


@pytest.mark.parametrize("stage", sorted(RETENTION_DAYS))
@pytest.mark.parametrize("attached", [True, False], ids=["attached", "alone"])
def test_a_stage_has_its_own_retention_with_its_configuration_and_without(
    pack: Pack, stage: str, *, attached: bool
) -> None:
    entries = json.loads((PACK / "config" / f"{stage}.json").read_text())
    days = RETENTION_DAYS[stage]
    assert entries["log-group-retention"]["retentionDays"] == days
    if attached:
        pack.configure({name: Configured.of(entry) for name, entry in entries.items()})
    assert pack.analyze(kept(days, stage)) == []
    assert pack.analyze(resource(STACK, {}, stage=stage)) == []
    (found,) = pack.analyze(kept(days - 1, stage))
    assert f"keeps its logs for fewer than {days} days" in found.message


@pytest.mark.parametrize("stage", sorted(RETENTION_DAYS))
def test_the_configuration_of_a_stage_has_no_fault(stage: str) -> None:
    assert configuration.load(stage).faults == ()


def test_a_stack_nobody_knows_is_held_to_the_strictest_stage_or_to_that_of_its_tag(pack: Pack) -> None:
    (found,) = pack.analyze(kept(7, "review-12"))
    assert "keeps its logs for fewer than 30 days" in found.message
    pack.tag(stage="staging")
    assert pack.analyze(kept(7, "review-13")) == []
    (found,) = pack.analyze(kept(7, "production"))
    assert "keeps its logs for fewer than 30 days" in found.message


def test_a_configuration_may_ask_for_more(pack: Pack) -> None:
    pack.configure({"log-group-retention": Configured(properties={"retentionDays": 90})})
    (found,) = pack.analyze(kept(30))
    assert "keeps its logs for fewer than 90 days" in found.message
    assert pack.analyze(resource(STACK, {})) == []


def test_a_configuration_below_the_stage_is_refused_and_has_no_effect(pack: Pack) -> None:
    pack.configure({"log-group-retention": Configured(properties={"retentionDays": 7})})
    (refused,) = pack.analyze(resource(STACK, {}))
    assert (refused.policyName, refused.enforcementLevel) == ("configuration-valid", analyzer_pb2.MANDATORY)
    assert "is configured with fewer than the 30 days that production keeps its logs" in refused.message
    (found,) = pack.analyze(kept(7))
    assert "keeps its logs for fewer than 30 days" in found.message


@pytest.mark.parametrize("level", [analyzer_pb2.ADVISORY, analyzer_pb2.DISABLED])
def test_a_rule_of_the_mission_that_is_lowered_stays_as_it_is_and_is_told(pack: Pack, level: Any) -> None:
    pack.configure({"sns-topic-cmk": Configured(level=level)})
    (found,) = told("sns-topic-cmk", pack.analyze(resource(TOPIC, {})))
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    (refused,) = pack.analyze(resource(STACK, {}))
    assert "lowers sns-topic-cmk, a rule of the mission" in refused.message


def test_the_second_policy_of_a_rule_is_lowered_no_more_than_the_rule(pack: Pack) -> None:
    pack.configure({"cloudfront-waf-relations": Configured(level=analyzer_pb2.DISABLED)})
    distribution = resource("aws:cloudfront/distribution:Distribution", {"enabled": True})
    (found,) = told("cloudfront-waf-relations", pack.analyze_stack([distribution]))
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    (refused,) = pack.analyze(resource(STACK, {}))
    assert "lowers cloudfront-waf, a rule of the mission" in refused.message


def test_another_rule_is_taken_at_the_level_that_is_configured(pack: Pack) -> None:
    queue = resource("aws:sns/topic:Topic", {"kmsMasterKeyId": UNKNOWN_TEXT})
    (found,) = told("sns-active-tracing", pack.analyze(queue))
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    pack.configure({"sns-active-tracing": Configured(level=analyzer_pb2.MANDATORY)})
    (found,) = told("sns-active-tracing", pack.analyze(queue))
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    pack.configure({"sns-active-tracing": Configured(level=analyzer_pb2.DISABLED)})
    assert told("sns-active-tracing", pack.analyze(queue)) == []


EXEMPTED = resource("aws:s3/bucket:Bucket", {"bucket": "data"}, name="data")


@pytest.fixture
def exempting(tmp_path: Path) -> Iterator[Callable[[str], Pack]]:
    """A pack that reads its exemptions from another file."""
    with contextlib.ExitStack() as stack:

        def start(text: str) -> Pack:
            file = tmp_path / "exemptions.yaml"
            file.write_text(text)
            (tmp_path / "__main__.py").write_text(
                "import functools, pathlib\n"
                "from policy import exemptions\n"
                f"file = pathlib.Path({str(file)!r})\n"
                "exemptions.load = functools.partial(exemptions.load, file)\n"
                "import policy.__main__\n"
            )
            return stack.enter_context(serve(tmp_path))

        yield start


def entry(rule: str, urn: str, days: int = 30) -> str:
    last = datetime.now(UTC).date() + timedelta(days=days)
    return (
        f"exemptions:\n  - {{rule: {rule}, resource: {urn!r}, reason: moves out, owner: platform, "
        f"ticket: OPS-7, expires: {last}}}\n"
    )


def test_an_exempted_violation_is_only_told_with_the_days_it_has_left(
    exempting: Callable[[str], Pack],
) -> None:
    subject = resource(TOPIC, {}, name="alerts")
    pack = exempting(entry("sns-topic-cmk", subject.urn))
    found = pack.analyze(subject)
    assert told("sns-topic-cmk", found) == []
    (exempted,) = told("exempted", found)
    assert exempted.enforcementLevel == analyzer_pb2.ADVISORY
    assert "exempted for 30 days more, platform answers for it (OPS-7): moves out" in exempted.message
    assert told("exemption-used", pack.analyze_stack([subject])) == []


def test_an_exempted_relation_is_only_told(exempting: Callable[[str], Pack]) -> None:
    pack = exempting(entry("s3-bucket-cmk", EXEMPTED.urn))
    found = pack.analyze_stack([EXEMPTED])
    assert told("s3-bucket-cmk", found) == []
    assert told("exempted-relations", found)


def test_an_exemption_that_has_expired_is_a_violation_before_anything_is_made(
    exempting: Callable[[str], Pack],
) -> None:
    subject = resource(TOPIC, {}, name="alerts")
    pack = exempting(entry("sns-topic-cmk", subject.urn, days=-1))
    (found,) = pack.analyze(resource(STACK, {}))
    assert (found.policyName, found.enforcementLevel) == ("exemption-valid", analyzer_pb2.MANDATORY)
    assert "policy/exemptions.yaml:2 that has expired" in found.message
    assert told("sns-topic-cmk", pack.analyze(subject))


def test_an_exemption_that_nothing_matches_is_a_violation_of_the_stack(
    exempting: Callable[[str], Pack],
) -> None:
    subject = resource(TOPIC, {"kmsMasterKeyId": UNKNOWN_TEXT}, name="alerts")
    pack = exempting(entry("sns-topic-cmk", subject.urn))
    pack.analyze(subject)
    (found,) = told("exemption-used", pack.analyze_stack([subject]))
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    assert "nothing matches" in found.message


def test_a_file_of_exemptions_that_cannot_be_read_fails_the_call_with_its_place(
    exempting: Callable[[str], Pack],
) -> None:
    pack = exempting("exemptions:\n  - rule: [\n")
    with pytest.raises(grpc.RpcError) as raised:
        pack.analyze(resource(STACK, {}))
    assert "policy/exemptions.yaml:3:1: is no YAML" in (raised.value.details() or "")


def test_a_rule_that_raises_fails_the_call_and_names_rule_and_resource(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import dataclasses\n"
        "from policy import judgement, rule, rules\n"
        "def broken(resource, context):\n"
        "    raise ValueError(resource.read('password'))\n"
        "row = dataclasses.replace(rules.BY_ID['kms-key-rotation'], judge=broken)\n"
        "judgement.terms_of.__kwdefaults__['rules'] = (row,)\n"
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
