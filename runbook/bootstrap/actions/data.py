"""What holds data and what passes it on, and the keys."""

from __future__ import annotations

from typing import Final

from runbook.bootstrap.actions.area import Area, arns, keys, words

DATA: Final = (
    Area(
        name="Tables",
        types=("dynamodb/table:Table",),
        service="dynamodb",
        resources=arns("dynamodb", "table/{prefix}-*"),
        reads=words("DescribeContinuousBackups DescribeTable DescribeTimeToLive ListTagsOfResource"),
        changes=words(
            "CreateTable DeleteTable TagResource UntagResource UpdateContinuousBackups UpdateTable"
            " UpdateTimeToLive"
        ),
    ),
    Area(
        name="Backups",
        types=("backup/plan:Plan", "backup/selection:Selection", "backup/vault:Vault"),
        service="backup",
        # Plans and backups have names of AWS's making.
        resources=arns("backup", "backup-plan:*", "backup-vault:{prefix}-*", "recovery-point:*"),
        reads=words(
            "DescribeBackupVault GetBackupPlan GetBackupSelection ListRecoveryPointsByBackupVault ListTags"
        ),
        changes=words(
            "CreateBackupPlan CreateBackupSelection CreateBackupVault DeleteBackupPlan DeleteBackupSelection"
            " DeleteBackupVault TagResource UntagResource UpdateBackupPlan"
        ),
        # Recovery points have names of AWS's making: it is the right to delete each backup of the account.
        unprotected_changes=("DeleteRecoveryPoint",),
    ),
    Area(
        name="BackupStorage",
        types=(),
        service="backup-storage",
        resources=(),
        reads=(),
        changes=(),
        # A vault with a customer key is made with it.
        everywhere_changes=("MountCapsule",),
    ),
    Area(
        name="Queues",
        types=("sqs/queue:Queue", "sqs/queuePolicy:QueuePolicy"),
        service="sqs",
        resources=arns("sqs", "{prefix}-*"),
        reads=words("GetQueueAttributes GetQueueUrl ListQueueTags"),
        changes=words("CreateQueue DeleteQueue SetQueueAttributes TagQueue UntagQueue"),
    ),
    Area(
        name="Topics",
        types=words("sns/topic:Topic sns/topicPolicy:TopicPolicy sns/topicSubscription:TopicSubscription"),
        service="sns",
        resources=arns("sns", "{prefix}-*"),
        reads=words(
            "GetSubscriptionAttributes GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource"
        ),
        changes=words(
            "CreateTopic DeleteTopic SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource"
            " Unsubscribe UntagResource"
        ),
    ),
    Area(
        name="Events",
        types=("cloudwatch/eventRule:EventRule", "cloudwatch/eventTarget:EventTarget"),
        service="events",
        resources=arns("events", "rule/{prefix}-*"),
        reads=words("DescribeRule ListTagsForResource ListTargetsByRule"),
        changes=words(
            "DeleteRule DisableRule EnableRule PutRule PutTargets RemoveTargets TagResource UntagResource"
        ),
    ),
    Area(
        name="Buckets",
        types=words(
            "s3/bucket:Bucket s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
            " s3/bucketOwnershipControls:BucketOwnershipControls s3/bucketPolicy:BucketPolicy"
            " s3/bucketPublicAccessBlock:BucketPublicAccessBlock s3/bucketVersioning:BucketVersioning"
            " s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        ),
        service="s3",
        resources=("arn:aws:s3:::{prefix}-*",),
        reads=words(
            "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLogging"
            " GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy"
            " GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning"
            " GetBucketWebsite GetEncryptionConfiguration"
            " GetLifecycleConfiguration GetReplicationConfiguration ListBucket"
        ),
        changes=words(
            "CreateBucket DeleteBucket DeleteBucketPolicy PutBucketLogging PutBucketOwnershipControls"
            " PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning"
            " PutEncryptionConfiguration PutLifecycleConfiguration"
        ),
    ),
    Area(
        name="Devices",
        types=words(
            "iot/loggingOptions:LoggingOptions iot/policy:Policy iot/thingType:ThingType"
            " iot/topicRule:TopicRule"
        ),
        service="iot",
        resources=arns("iot", "policy/{prefix}-*", "rule/{rules}_*", "thingtype/SupplyChainSensor"),
        reads=words(
            "DescribeThingType GetPolicy GetPolicyVersion GetTopicRule ListPolicyVersions ListTagsForResource"
            " ListTargetsForPolicy"
        ),
        changes=words(
            "CreatePolicy CreatePolicyVersion CreateThingType CreateTopicRule DeletePolicy"
            " DeletePolicyVersion DeleteThingType DeleteTopicRule DeprecateThingType DisableTopicRule"
            " EnableTopicRule ReplaceTopicRule SetDefaultPolicyVersion TagResource"
            " UntagResource UpdateThingType"
        ),
        everywhere_reads=("GetV2LoggingOptions",),
        everywhere_changes=("SetV2LoggingOptions",),
    ),
    Area(
        name="Aliases",
        types=("kms/alias:Alias",),
        service="kms",
        # AWS asks for both the alias and the key.
        resources=keys("alias/{prefix}-*", "key/*"),
        reads=(),
        changes=words("CreateAlias DeleteAlias UpdateAlias"),
        everywhere_reads=("ListAliases",),
    ),
    Area(
        name="Keys",
        types=("kms/key:Key",),
        service="kms",
        resources=keys("key/*"),
        reads=words("DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags"),
        changes=words(
            "CancelKeyDeletion DisableKey DisableKeyRotation EnableKey EnableKeyRotation PutKeyPolicy"
            " ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription"
        ),
        everywhere_changes=("CreateKey",),
    ),
    Area(
        name="KeysInUse",
        types=(),
        service="kms",
        resources=keys("key/*"),
        reads=(),
        # A service that is told to use a key tries it as the one who tells it.
        changes=words(
            "CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey ReEncryptFrom ReEncryptTo RetireGrant"
        ),
        conditions={
            "StringLike": {"kms:ViaService": ("*.{region}.amazonaws.com", "*.us-east-1.amazonaws.com")}
        },
    ),
)
