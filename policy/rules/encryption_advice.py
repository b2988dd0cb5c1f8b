"""Encryption, what is advised: keys that stay usable, keys of our own for the smaller stores."""

from policy.graph import UNKNOWN, Resource
from policy.predicates import customer_key, equals, every
from policy.rule import Context, Level, Rule, Severity, Verdict
from policy.rules.keys import KEY, STATE_MACHINE, TRACES

LONGEST_WAIT = 30  # days; AWS KMS waits no longer, and as long as this where nothing is set


def key_usable(key: Resource, context: Context) -> Verdict:
    """A key is switched on, and a deleted one can be called back as long as the stage keeps its logs."""
    enabled, wait = key.read("isEnabled"), key.read("deletionWindowInDays")
    if enabled is False:
        return "is switched off"
    shortest = min(context.retention_days, LONGEST_WAIT)
    if isinstance(wait, int | float) and 0 < wait < shortest:
        return f"can be called back for fewer than {shortest} days after its deletion"
    return UNKNOWN if UNKNOWN in (enabled, wait) else None


RULES = (
    Rule(
        id="kms-key-usable",
        title="A key of the platform is switched on, and its deletion can be called back while logs need it.",
        types=("aws:kms/key:Key",),
        judge=key_usable,
        fix="leave is_enabled out and set deletion_window_in_days to 30",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html",
        frameworks=("FSBP KMS.3", "CKV_AWS_227"),
        level=Level.ADVISORY,
    ),
    Rule(
        id="sfn-cmk",
        title="A state machine is encrypted with a key of the platform.",
        types=(STATE_MACHINE,),
        judge=every(
            equals(
                "encryptionConfiguration.type",
                wanted="CUSTOMER_MANAGED_KMS_KEY",
                fault="is encrypted with a key that AWS owns",
            ),
            customer_key(KEY[STATE_MACHINE]),
        ),
        fix="set encryption_configuration with type CUSTOMER_MANAGED_KMS_KEY and kms_key_id",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html",
        frameworks=("stepfunctions_statemachine_encrypted_with_cmk",),
        level=Level.ADVISORY,
    ),
    Rule(
        id="xray-encryption-kms",
        title="X-Ray encrypts traces with a key of the platform.",
        types=(TRACES,),
        judge=every(
            equals("type", wanted="KMS", fault="is encrypted with the key of the service"),
            customer_key(KEY[TRACES]),
        ),
        fix="set type to KMS and key_id to the ARN of the platform's key",
        severity=Severity.MEDIUM,
        source="https://docs.aws.amazon.com/xray/latest/devguide/xray-console-encryption.html",
        level=Level.ADVISORY,
    ),
)
