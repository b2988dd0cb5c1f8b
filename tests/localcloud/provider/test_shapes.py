from __future__ import annotations

from datetime import UTC, datetime

from localcloud.provider import sdk, shapes
from localcloud.provider.answers import read_back
from localcloud.provider.values import UNKNOWN


def built(service: str, operation: str, values: dict[str, object], **options: object) -> shapes.Request:
    shape = shapes.operation(service, operation).input_shape
    return shapes.build(shape, values, **{"names": {}, **options})  # type: ignore[arg-type]


def test_names_match_without_regard_to_case_and_plural() -> None:
    request = built("lambda", "CreateFunction", {"memorySize": 128, "layer": ["a"], "architecture": "arm64"})
    assert request.members == {"MemorySize": 128, "Layers": ["a"], "Architectures": ["arm64"]}


def test_a_single_block_is_a_structure_or_a_list_of_one_as_the_shape_says() -> None:
    one = built("lambda", "CreateFunction", {"tracingConfig": [{"mode": "Active"}]})
    assert one.members == {"TracingConfig": {"Mode": "Active"}}
    key = {"attributeName": "PK", "keyType": "HASH"}
    listed = built("dynamodb", "CreateTable", {"keySchema": key})
    assert listed.members["KeySchema"] == [{"AttributeName": "PK", "KeyType": "HASH"}]


def test_a_container_takes_what_the_top_level_has_no_member_for_as_text() -> None:
    request = built("sqs", "CreateQueue", {"delaySeconds": 3, "fifoQueue": True}, containers=("Attributes",))
    assert request.members == {"Attributes": {"DelaySeconds": "3", "FifoQueue": "true"}}
    assert request.origins["Attributes.DelaySeconds"] == "delaySeconds"


def test_a_rename_goes_as_deep_as_its_path_says() -> None:
    names = {"kmsKeyArn": "SSESpecification.KMSMasterKeyId"}
    request = built("dynamodb", "CreateTable", {"kmsKeyArn": "arn"}, names=names)
    assert request.members == {"SSESpecification": {"KMSMasterKeyId": "arn"}}


def test_a_nested_rename_is_relative_to_its_parent() -> None:
    names = {"globalSecondaryIndexes.name": "IndexName"}
    request = built("dynamodb", "CreateTable", {"globalSecondaryIndexes": [{"name": "GSI1"}]}, names=names)
    assert request.members == {"GlobalSecondaryIndexes": [{"IndexName": "GSI1"}]}
    assert "globalSecondaryIndexes.name" in request.placed


def test_an_unknown_value_has_a_place_but_is_not_sent() -> None:
    request = built("kms", "CreateKey", {"description": UNKNOWN, "keyUsage": "SIGN_VERIFY"})
    assert request.members == {"KeyUsage": "SIGN_VERIFY"}
    assert request.origins["Description"] == "description"


def test_what_has_no_member_is_not_placed() -> None:
    assert built("kms", "CreateKey", {"colour": "red"}).placed == set()


def test_an_answer_is_read_back_in_the_sdks_types() -> None:
    types = {
        "delaySeconds": sdk.Type("integer"),
        "fifoQueue": sdk.Type("boolean"),
        "createdAt": sdk.Type("string"),
    }
    answer = {"DelaySeconds": "3", "FifoQueue": "true", "CreatedAt": datetime(2026, 1, 2, tzinfo=UTC)}
    found = read_back(answer, types, names={})
    assert found == {"delaySeconds": 3, "fifoQueue": True, "createdAt": "2026-01-02T00:00:00+00:00"}


def test_a_renamed_answer_is_found_by_the_last_steps_of_its_path() -> None:
    types = {"timeout": sdk.Type("integer")}
    names = {"timeout": "Attributes.VisibilityTimeout"}
    assert read_back({"VisibilityTimeout": "30"}, types, names=names) == {"timeout": 30}
    assert read_back({"Attributes": {"VisibilityTimeout": "30"}}, types, names=names) == {"timeout": 30}


def test_a_list_that_cloudfront_counts_goes_into_its_items_and_comes_back() -> None:
    origin = {"originId": "a", "customHeaders": [{"headerName": "x", "headerValue": "1"}]}
    request = built(
        "cloudfront",
        "CreateDistribution",
        {"origins": [origin], "aliases": UNKNOWN},
        containers=("DistributionConfig",),
        names={"origins.originId": "Id"},
    )
    header = {"HeaderName": "x", "HeaderValue": "1"}
    config = {"Origins": {"Items": [{"Id": "a", "CustomHeaders": {"Items": [header]}}]}}
    assert request.members == {"DistributionConfig": config}
    assert request.origins["DistributionConfig.Origins.Items.Id"] == "origins.originId"

    types = {"aliases": sdk.Type("list", element=sdk.Type("string"))}
    assert read_back({"Aliases": {"Quantity": 1, "Items": ["a"]}}, types, names={}) == {"aliases": ["a"]}
    assert read_back({"Aliases": {"Quantity": 0}}, types, names={}) == {"aliases": []}
