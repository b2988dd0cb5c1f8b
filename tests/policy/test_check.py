"""What `python -m policy.check` makes of a program: configuration, answers, verdict."""

import json
from pathlib import Path

import pytest

from policy import check
from policy.graph import Graph
from policy.judgement import Terms, judge_stack
from policy.rule import Finding
from tests.policy.checked_project import CONFIG, ROOT, Project, found, isolated, place

STACKS = ("development", "staging", "production")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return isolated(tmp_path, monkeypatch)


@pytest.mark.parametrize("stack", STACKS)
def test_the_program_of_this_repository_passes(stack: str) -> None:
    document = check.check(ROOT, stack)
    assert document["error"] is None
    assert document["refusals"] == []
    assert [entry["message"] for entry in document["findings"] if entry["stops"]] == []
    assert document["verdict"] == "passed"
    assert [one["message"] for one in document["findings"] if one["outcome"] == "undecided"] == []


def test_a_program_without_a_fault_passes(project: Project) -> None:
    document = project.check('aws.sns.Topic("news", kms_master_key_id=key.arn)')
    assert (document["error"], document["refusals"], document["verdict"]) == (None, [], "passed")
    assert not [entry for entry in document["findings"] if entry["stops"]]


def test_a_violation_is_told_with_its_line(project: Project) -> None:
    document = project.check('aws.sns.Topic("news")')
    assert document["verdict"] == "failed"
    assert document["counts"]["violations"] >= 1
    assert found(document, "sns-topic-cmk") == ["news"]
    assert place(document, "sns-topic-cmk") == ({"file": "__main__.py", "line": 9}, [])


def test_no_report_holds_a_value(project: Project) -> None:
    project.config["omnitrack:token"] = "hunter2-of-the-configuration"
    document = project.check(
        """
        token = pulumi.Config().require_secret("token")
        aws.sns.Topic("news", name="hunter2-name", display_name="hunter2-display", policy=token)
        aws.iam.Policy("admin", policy=json.dumps({
            "Statement": [{"Sid": "hunter2", "Effect": "Allow", "Action": "*", "Resource": "*"}],
        }))
        """
    )
    assert found(document, "sns-topic-cmk") == ["news"]
    assert found(document, "iam-no-admin") == ["admin"]
    for render in check.FORMATS.values():
        assert "hunter2" not in render(document)


def test_an_output_that_nobody_made_up_stays_unknown(project: Project) -> None:
    document = project.check(
        """
        balancer = aws.lb.LoadBalancer("balancer")
        zones = pulumi.StackReference("acme/network/production").require_output("zones")
        aws.sns.Topic("news", kms_master_key_id=key.arn, display_name=balancer.dns_name.apply(lambda n: n[0]))
        aws.sns.Topic("more", kms_master_key_id=key.arn, display_name=zones.apply(lambda found: found["a"]))
        """
    )
    assert document["error"] is None
    assert found(document, "sns-topic-cmk") == []


def test_data_sources_are_answered(project: Project) -> None:
    document = project.check(
        """
        me, here = aws.get_caller_identity_output(), aws.get_region_output()
        pulumi.Output.all(me.account_id, here.region).apply(print)
        open_ = aws.iam.get_policy_document_output(statements=[{
            "actions": ["*"], "resources": ["*"],
        }])
        aws.iam.Policy("admin", policy=open_.json)
        aws.sns.Topic("news", kms_master_key_id=aws.kms.get_alias_output("alias/aws/sns").target_key_arn)
        """
    )
    assert found(document, "iam-no-admin") == ["admin"]
    assert found(document, "sns-topic-cmk") == ["news"]


def test_outputs_are_known_so_that_policy_documents_are_judged(project: Project) -> None:
    document = project.check(
        """
        topic = aws.sns.Topic("news", kms_master_key_id=key.arn)
        statement = topic.arn.apply(lambda arn: {"Effect": "Allow", "Action": "*", "Resource": ["*", arn]})
        document = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.iam.Policy("admin", policy=document)
        """
    )
    assert found(document, "iam-no-admin") == ["admin"]


def test_configuration_comes_as_from_the_engine(project: Project) -> None:
    project.declared = {
        "size": {"type": "integer", "default": 5},
        "overruled": {"type": "string", "default": "no"},
        "aws:skipRegionValidation": {"value": True},
    }
    project.config |= {
        "overruled": "yes",
        "omnitrack:token": {"secure": "v1:abc"},
        "omnitrack:list": [1, "a"],
    }
    document = project.check(
        """
        config = pulumi.Config()
        assert config.require_int("size") == 5
        assert config.require("overruled") == "yes"
        assert config.require_object("list") == [1, "a"]
        assert pulumi.Config("aws").require_bool("skipRegionValidation") is True
        assert pulumi.runtime.is_config_secret("omnitrack:token")
        assert config.require("token") == "[secret]"
        assert (pulumi.get_stack(), pulumi.get_project()) == ("production", "omnitrack")
        """
    )
    assert document["error"] is None


def test_log_groups_are_held_to_the_days_that_the_stack_means(project: Project) -> None:
    body = 'aws.cloudwatch.LogGroup("logs", retention_in_days=30, kms_key_id=key.arn)'
    assert found(project.check(body), "log-group-retention") == []
    project.config["logRetentionDays"] = 365
    assert found(project.check(body), "log-group-retention") == ["logs"]


def test_the_default_provider_is_found_in_the_stack_file(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs: list[Graph] = []

    def judge(graph: Graph, terms: Terms, *, project: str) -> list[Finding]:
        graphs.append(graph)
        return judge_stack(graph, terms, project=project)

    monkeypatch.setattr(check, "judge_stack", judge)
    project.check("")
    (provider,) = graphs[0].of("pulumi:providers:aws")
    assert json.loads(str(provider.read("defaultTags"))) == CONFIG["aws:defaultTags"]
