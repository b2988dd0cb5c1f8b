"""Programs of other shapes than ours: each resource is judged, and told with the lines that make it."""

import json
from pathlib import Path

import pytest

from policy import blind_spots, check
from policy.rule import Outcome
from tests.policy.checked_project import HEAD, TAIL, Project, found, isolated, place


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return isolated(tmp_path, monkeypatch)


def test_resources_in_components_have_the_urn_of_the_engine_and_all_lines_on_the_way(
    project: Project,
) -> None:
    document = project.check(
        """
        from news_parts import Outer
        Outer("outer")
        """,
        news_parts="""
        import pulumi, pulumi_aws as aws

        class Inner(pulumi.ComponentResource):
            def __init__(self, name, opts):
                super().__init__("acme:news:Inner", name, {}, opts)
                aws.sns.Topic("news", opts=pulumi.ResourceOptions(parent=self))

        class Outer(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("acme:news:Outer", name)
                Inner("inner", pulumi.ResourceOptions(parent=self))
        """,
    )
    (entry,) = [one for one in document["findings"] if one["rule"] == "sns-topic-cmk"]
    assert entry["urn"] == (
        "urn:pulumi:production::omnitrack::acme:news:Outer$acme:news:Inner$aws:sns/topic:Topic::news"
    )
    assert place(document, "sns-topic-cmk") == (
        {"file": "news_parts.py", "line": 7},
        [{"file": "news_parts.py", "line": 12}, {"file": "__main__.py", "line": 11}],
    )


def test_resources_in_loops_and_in_functions_of_other_modules_are_all_judged(project: Project) -> None:
    document = project.check(
        """
        from many_topics import make
        for number in range(3):
            make(f"news-{number}")
        """,
        many_topics="""
        import pulumi_aws as aws

        def make(name):
            return aws.sns.Topic(name)
        """,
    )
    assert sorted(found(document, "sns-topic-cmk")) == ["news-0", "news-1", "news-2"]
    places = [one["place"] for one in document["findings"] if one["rule"] == "sns-topic-cmk"]
    assert places == [{"file": "many_topics.py", "line": 5}] * 3


def test_resources_by_their_token_are_judged_and_found(project: Project) -> None:
    document = project.check(
        """
        class Wrapped(pulumi.CustomResource):
            def __init__(self, name):
                super().__init__("aws:sns/topic:Topic", name, {"displayName": "d"})
        Wrapped("wrapped")
        pulumi.CustomResource("aws:sns/topic:Topic", "bare", {})
        """
    )
    lines = {
        one["name"]: (one["place"], one["related"])
        for one in document["findings"]
        if one["rule"] == "sns-topic-cmk"
    }
    assert lines == {
        "wrapped": ({"file": "__main__.py", "line": 12}, [{"file": "__main__.py", "line": 13}]),
        "bare": ({"file": "__main__.py", "line": 14}, []),
    }


def test_inputs_are_judged_as_transformations_leave_them(project: Project) -> None:
    document = project.check(
        """
        def open_up(args):
            return pulumi.ResourceTransformationResult({**args.props, "kms_master_key_id": None}, args.opts)
        opts = pulumi.ResourceOptions(transformations=[open_up])
        aws.sns.Topic("news", kms_master_key_id=key.arn, opts=opts)
        """
    )
    assert found(document, "sns-topic-cmk") == ["news"]
    assert document["refusals"] == []


def test_resources_inside_apply_are_judged_and_refused(project: Project) -> None:
    document = project.check('key.arn.apply(lambda arn: aws.sns.Topic("late"))')
    assert found(document, "sns-topic-cmk") == ["late"]
    assert document["refusals"] == [f'aws:sns/topic:Topic "late" {blind_spots.LATE}']
    assert place(document, "sns-topic-cmk")[0] == {"file": "__main__.py", "line": 9}


def test_two_resources_of_one_urn_are_refused_and_both_judged(project: Project) -> None:
    document = project.check(
        """
        aws.sns.Topic("twin")
        aws.sns.Topic("twin", kms_master_key_id=key.arn)
        """
    )
    urn = "urn:pulumi:production::omnitrack::aws:sns/topic:Topic::twin"
    assert document["refusals"] == [f"two resources are {urn}: give one another name"]
    assert found(document, "sns-topic-cmk") == ["twin"]
    assert document["verdict"] == "failed"


def test_what_is_installed_in_an_environment_is_no_place_in_the_repository(project: Project) -> None:
    environment = project.root / ".tools"
    environment.mkdir()
    (environment / "pyvenv.cfg").touch()
    (environment / "installed_parts.py").write_text(
        "import pulumi_aws as aws\ndef make():\n    aws.sns.Topic('news')\n"
    )
    document = project.check(
        """
        import sys
        sys.path.insert(0, ".tools")
        import installed_parts
        installed_parts.make()
        """
    )
    assert place(document, "sns-topic-cmk") == ({"file": "__main__.py", "line": 13}, [])


def test_resources_of_an_asynchronous_program_are_judged(project: Project) -> None:
    document = project.check(
        """
        async def main():
            aws.sns.Topic("late")
        pulumi.run(main)
        """
    )
    assert found(document, "sns-topic-cmk") == ["late"]
    assert document["refusals"] == [f'aws:sns/topic:Topic "late" {blind_spots.LATE}']


def test_what_the_program_only_reads_is_not_judged(project: Project) -> None:
    document = project.check('aws.sns.Topic.get("theirs", "arn:aws:sns:eu-west-1:111122223333:theirs")')
    assert found(document, "sns-topic-cmk") == []
    assert document["verdict"] == "passed"


def test_an_imported_resource_keeps_its_id(project: Project) -> None:
    document = project.check(
        """
        opts = pulumi.ResourceOptions(import_="arn:aws:sns:eu-west-1:111122223333:old")
        topic = aws.sns.Topic("old", kms_master_key_id=key.arn, opts=opts)
        topic.id.apply(lambda id: 0 if id.endswith(":old") else 1 / 0)
        """
    )
    assert document["verdict"] == "passed"


@pytest.mark.parametrize("main", ["src", "src/__main__.py", "src/app.py"])
def test_the_program_is_where_the_project_says(project: Project, main: str) -> None:
    project.write("raise SystemExit")
    (project.root / "Pulumi.yaml").write_text(json.dumps({"name": "omnitrack", "main": main}))
    (project.root / "src").mkdir()
    for name in ("__main__.py", "app.py"):
        (project.root / "src" / name).write_text(HEAD + "import beside_it" + TAIL)
    (project.root / "src" / "beside_it.py").write_text("import pulumi_aws as aws\n\naws.sns.Topic('news')\n")
    document = check.check(project.root, "production")
    expected = main if main.endswith(".py") else f"{main}/__main__.py"
    assert place(document, "sns-topic-cmk") == (
        {"file": "src/beside_it.py", "line": 3},
        [{"file": expected, "line": 9}],
    )


def test_a_document_given_as_an_object_is_judged_as_its_text_is(project: Project) -> None:
    document = project.check(
        """
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        aws.iam.RolePolicy("all", role="r", policy={"Version": "2012-10-17", "Statement": [statement]})
        """
    )
    assert document["error"] is None
    assert found(document, "iam-no-admin") == ["all"]


@pytest.mark.parametrize(
    "key",
    [
        'aws.ssm.get_parameter_output(name="/key").value',
        'aws.ssm.get_parameter(name="/key").value',
        'aws.cloudformation.get_stack_output(name="keys").outputs["Key"]',
        'aws.cloudformation.get_stack_output(name="keys").apply(lambda stack: stack.outputs["Key"])',
        'aws.secretsmanager.get_secret_version_output(secret_id="key").secret_string.apply(json.loads)["arn"]',
        "aws.kms.get_key_output(key_id=aws.ssm.get_parameter_output(name='/key').value).arn",
        "aws.kms.get_alias(name='alias/platform').target_key_arn",
        "str(aws.ssm.get_parameter(name='/key').value)",
    ],
)
def test_what_a_data_source_tells_at_run_time_is_no_missing_key(key: str, project: Project) -> None:
    document = project.check(
        f"""
        aws.sqs.Queue("orders", kms_master_key_id={key})
        aws.sqs.Queue("late", kms_master_key_id=None)
        """
    )
    assert found(document, "sqs-queue-encrypted") == ["late"]


def test_what_comes_of_a_data_source_is_not_computed(project: Project) -> None:
    document = project.check(
        """
        days = aws.ssm.get_parameter_output(name="/days").value.apply(int)
        aws.cloudwatch.LogGroup("computed", kms_key_id=key.arn, retention_in_days=days)
        aws.cloudwatch.LogGroup("for-ever", kms_key_id=key.arn)
        """
    )
    outcomes = {
        one["name"]: one["outcome"] for one in document["findings"] if one["rule"] == "log-group-retention"
    }
    assert document["error"] is None
    assert outcomes == {"computed": Outcome.UNDECIDED, "for-ever": Outcome.VIOLATION}
