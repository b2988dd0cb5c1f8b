"""Cases of what is advised on encryption."""

from typing import Any

from tests.policy.cases.case import (
    AWS_KEY,
    KEY_ARN,
    UNKNOWN_BLOCK,
    UNKNOWN_FLAG,
    UNKNOWN_NUMBER,
    UNKNOWN_TEXT,
    Case,
    Kind,
    key_cases,
    resource,
    value_cases,
    without_none,
)

KEY = "aws:kms/key:Key"
MACHINE = "aws:sfn/stateMachine:StateMachine"
TRACES = "aws:xray/encryptionConfig:EncryptionConfig"

OFF = "is switched off"
TOO_SOON = "can be called back for fewer than 30 days after its deletion"
OWNED = "is encrypted with a key that AWS owns"
SERVICE_KEY = "is encrypted with the key of the service"


def usable(
    kind: Kind,
    name: str,
    properties: dict[str, Any],
    fault: str | None = None,
    *,
    undecided: bool = False,
    stage: str = "production",
) -> Case:
    return Case(
        rule="kms-key-usable",
        kind=kind,
        name=name,
        resources=[resource(KEY, properties, stage=stage)],
        fault=fault,
        undecided=undecided,
    )


CASES = (
    usable(Kind.MISSING, "nothing set: it is on, and KMS waits longest", {}),
    usable(Kind.WRONG, "switched off", {"isEnabled": False}, OFF),
    usable(
        Kind.WRONG,
        "off, and how long KMS waits is not known",
        {"isEnabled": False, "deletionWindowInDays": UNKNOWN_NUMBER},
        OFF,
    ),
    usable(Kind.WRONG, "a day too short", {"deletionWindowInDays": 29}, TOO_SOON),
    usable(
        Kind.WRONG,
        "an unknown switch does not hide it",
        {"isEnabled": UNKNOWN_FLAG, "deletionWindowInDays": 7},
        TOO_SOON,
    ),
    usable(Kind.UNKNOWN, "the switch is not known", {"isEnabled": UNKNOWN_FLAG}, undecided=True),
    usable(Kind.UNKNOWN, "the wait is not known", {"deletionWindowInDays": UNKNOWN_NUMBER}, undecided=True),
    usable(Kind.CORRECT, "on, and the longest wait", {"isEnabled": True, "deletionWindowInDays": 30}),
    usable(Kind.CORRECT, "a wait that a state shows as none", {"isEnabled": True, "deletionWindowInDays": 0}),
    usable(
        Kind.CORRECT, "a week where logs are kept a week", {"deletionWindowInDays": 7}, stage="development"
    ),
    usable(Kind.NOT_APPLICABLE, "an unknown key rotation", {"enableKeyRotation": UNKNOWN_FLAG}),
    *key_cases(
        "sfn-cmk",
        MACHINE,
        lambda key: {
            "encryptionConfiguration": {
                "__defaults": [],
                **without_none(type="CUSTOMER_MANAGED_KMS_KEY", kmsKeyId=key),
            }
        },
    ),
    *value_cases(
        "sfn-cmk",
        MACHINE,
        lambda kind: {"encryptionConfiguration": without_none(type=kind, kmsKeyId=UNKNOWN_TEXT)},
        right="CUSTOMER_MANAGED_KMS_KEY",
        wrong=["AWS_OWNED_KEY", ""],
        unknown=UNKNOWN_TEXT,
        fault=OWNED,
    ),
    Case(
        rule="sfn-cmk",
        kind=Kind.MISSING,
        name="no block",
        resources=[resource(MACHINE, {"definition": UNKNOWN_TEXT})],
        fault=OWNED,
    ),
    Case(
        rule="sfn-cmk",
        kind=Kind.UNKNOWN,
        name="the whole block is not known",
        resources=[resource(MACHINE, {"encryptionConfiguration": UNKNOWN_BLOCK})],
        undecided=True,
    ),
    Case(
        rule="sfn-cmk",
        kind=Kind.WRONG,
        name="an unknown kind does not hide a key of AWS",
        resources=[
            resource(
                MACHINE, {"encryptionConfiguration": {"type": UNKNOWN_TEXT, "kmsKeyId": "alias/aws/states"}}
            )
        ],
        fault=AWS_KEY,
    ),
    *key_cases("xray-encryption-kms", TRACES, lambda key: without_none(type="KMS", keyId=key)),
    *value_cases(
        "xray-encryption-kms",
        TRACES,
        lambda kind: without_none(type=kind, keyId=KEY_ARN),
        right="KMS",
        wrong=["NONE", ""],
        unknown=UNKNOWN_TEXT,
        fault=SERVICE_KEY,
    ),
)
