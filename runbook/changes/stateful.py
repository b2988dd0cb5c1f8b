"""The guard of data: which changes would lose what nobody can make again, and who has allowed them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from runbook.changes.model import Change, Operation
from runbook.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

OPTION: Final = "--break-glass"
UNDECLARED: Final = "the program does not declare it any more"
UNFORCED: Final = "it goes with what it depends on, or its replacement was asked for"
URN: Final = "urn:pulumi:"

# Type -> what is gone with the resource, as the object of "would lose". No preview says whether a bucket, a
# queue or a table is empty, so every one counts as full.
LOST: Final[Mapping[str, str]] = {
    "aws:acmpca/certificateAuthority:CertificateAuthority": "its key and all that it has signed",
    "aws:amplify/app:App": "its address and what is deployed to it",
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": "its recovery points",
    "aws:backup/vault:Vault": "its recovery points",
    "aws:bedrock/agentcoreMemory:AgentcoreMemory": "its memories",
    "aws:cloudfront/distribution:Distribution": "its address, and the service under it",
    "aws:cloudfront/keyValueStore:KeyValueStore": "its values",
    "aws:cloudfront/multitenantDistribution:MultitenantDistribution": "its address, and the service under it",
    "aws:cloudhsmv2/cluster:Cluster": "its keys",
    "aws:cloudtrail/eventDataStore:EventDataStore": "its events",
    "aws:cloudwatch/eventArchive:EventArchive": "its events",
    "aws:cloudwatch/logGroup:LogGroup": "its log lines",
    "aws:cloudwatch/logStream:LogStream": "its log lines",
    "aws:codeartifact/domain:Domain": "its packages",
    "aws:codeartifact/repository:Repository": "its packages",
    "aws:codecommit/repository:Repository": "its commits",
    "aws:cognito/identityPool:IdentityPool": "the identities of its users",
    "aws:cognito/user:User": "the user with password and profile",
    "aws:cognito/userGroup:UserGroup": "who belongs to it",
    "aws:cognito/userPool:UserPool": "its users with their passwords",
    "aws:connect/instance:Instance": "its contacts and their records",
    "aws:customerprofiles/domain:Domain": "its profiles",
    "aws:docdb/cluster:Cluster": "its documents",
    "aws:docdb/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:docdb/elasticCluster:ElasticCluster": "its documents",
    "aws:dsql/cluster:Cluster": "its databases",
    "aws:dynamodb/table:Table": "its items",
    "aws:dynamodb/tableReplica:TableReplica": "its items in that region",
    "aws:ebs/snapshot:Snapshot": "the snapshot",
    "aws:ebs/snapshotCopy:SnapshotCopy": "the snapshot",
    "aws:ebs/snapshotImport:SnapshotImport": "the snapshot",
    "aws:ebs/volume:Volume": "what is written on it",
    "aws:ec2/instance:Instance": "what is written on its own disks",
    "aws:ecr/repository:Repository": "its images",
    "aws:ecrpublic/repository:Repository": "its images",
    "aws:efs/fileSystem:FileSystem": "its files",
    "aws:elasticache/cluster:Cluster": "its entries",
    "aws:elasticache/replicationGroup:ReplicationGroup": "its entries",
    "aws:elasticache/serverlessCache:ServerlessCache": "its entries",
    "aws:elasticsearch/domain:Domain": "its indexes",
    "aws:fsx/backup:Backup": "the backup",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "its files",
    "aws:fsx/ontapFileSystem:OntapFileSystem": "its files",
    "aws:fsx/ontapVolume:OntapVolume": "its files",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "its files",
    "aws:fsx/openZfsSnapshot:OpenZfsSnapshot": "the snapshot",
    "aws:fsx/openZfsVolume:OpenZfsVolume": "its files",
    "aws:fsx/windowsFileSystem:WindowsFileSystem": "its files",
    "aws:glacier/vault:Vault": "its archives",
    "aws:kendra/index:Index": "its index",
    "aws:keyspaces/keyspace:Keyspace": "its tables",
    "aws:keyspaces/table:Table": "its rows",
    "aws:kinesis/stream:Stream": "its records",
    "aws:kinesis/videoStream:VideoStream": "its recordings",
    "aws:kms/customKeyStore:CustomKeyStore": "the way to its keys",
    "aws:kms/externalKey:ExternalKey": "all that is encrypted with it",
    "aws:kms/key:Key": "all that is encrypted with it",
    "aws:kms/replicaExternalKey:ReplicaExternalKey": "all that is encrypted with it in that region",
    "aws:kms/replicaKey:ReplicaKey": "all that is encrypted with it in that region",
    "aws:lightsail/bucket:Bucket": "its objects",
    "aws:lightsail/database:Database": "its databases",
    "aws:lightsail/disk:Disk": "what is written on it",
    "aws:lightsail/instance:Instance": "what is written on its own disks",
    "aws:memorydb/cluster:Cluster": "its entries",
    "aws:memorydb/multiRegionCluster:MultiRegionCluster": "its entries",
    "aws:memorydb/snapshot:Snapshot": "the snapshot",
    "aws:mq/broker:Broker": "the messages that wait in it",
    "aws:msk/cluster:Cluster": "its records",
    "aws:msk/serverlessCluster:ServerlessCluster": "its records",
    "aws:msk/topic:Topic": "its records",
    "aws:neptune/cluster:Cluster": "its graph",
    "aws:neptune/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:neptunegraph/graph:Graph": "its graph",
    "aws:opensearch/domain:Domain": "its indexes",
    "aws:opensearch/serverlessCollection:ServerlessCollection": "its indexes",
    "aws:pinpoint/app:App": "its endpoints and segments",
    "aws:qldb/ledger:Ledger": "its journal",
    "aws:rds/cluster:Cluster": "its databases",
    "aws:rds/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": "the snapshot",
    "aws:rds/instance:Instance": "its databases",
    "aws:rds/snapshot:Snapshot": "the snapshot",
    "aws:rds/snapshotCopy:SnapshotCopy": "the snapshot",
    "aws:redshift/cluster:Cluster": "its databases",
    "aws:redshift/clusterSnapshot:ClusterSnapshot": "the snapshot",
    "aws:redshiftserverless/namespace:Namespace": "its databases",
    "aws:redshiftserverless/snapshot:Snapshot": "the snapshot",
    "aws:route53/zone:Zone": "its name servers and records",
    "aws:s3/bucket:Bucket": "its objects",
    "aws:s3/bucketV2:BucketV2": "its objects",
    "aws:s3/directoryBucket:DirectoryBucket": "its objects",
    "aws:s3/vectorsIndex:VectorsIndex": "its vectors",
    "aws:s3/vectorsVectorBucket:VectorsVectorBucket": "its vectors",
    "aws:s3tables/table:Table": "its rows",
    "aws:s3tables/tableBucket:TableBucket": "its tables",
    "aws:sagemaker/domain:Domain": "the files of its users",
    "aws:sagemaker/featureGroup:FeatureGroup": "its records",
    "aws:sagemaker/notebookInstance:NotebookInstance": "what is written on its own disks",
    "aws:secretsmanager/secret:Secret": "its value and earlier versions",
    "aws:sqs/queue:Queue": "the messages that wait in it",
    "aws:ssm/parameter:Parameter": "its value and history",
    "aws:timestreaminfluxdb/dbCluster:DbCluster": "its databases",
    "aws:timestreaminfluxdb/dbInstance:DbInstance": "its databases",
    "aws:timestreamwrite/database:Database": "its tables",
    "aws:timestreamwrite/table:Table": "its records",
    "aws:workspaces/workspace:Workspace": "what is written on its own disks",
}


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A change that would lose data.

    Attributes:
        change: What would be done.
        what: The data, as in "its items".
    """

    change: Change
    what: str

    @property
    def cause(self) -> str:
        """Why it would be done: the properties that cannot change in place, or that nobody declares it."""
        if self.change.operation is Operation.DELETE:
            return UNDECLARED
        if self.change.forcing:
            return f"{', '.join(self.change.forcing)} cannot be changed in place"
        return UNFORCED

    @property
    def sentence(self) -> str:
        """What would happen to which resource, why, where it is declared, and how to allow it."""
        change = self.change
        verb = "deleted" if change.operation is Operation.DELETE else "replaced"
        where = f", at {change.place}" if change.place else ""
        return (
            f"{change.type} {change.name!r} would be {verb} and lose {self.what}: {self.cause}{where}. "
            f"If it may be lost, give `omnitrack up` the option {OPTION} {shlex.quote(change.urn)}"
        )


def losses(changes: Iterable[Change]) -> list[Loss]:
    """The changes that would lose data, by URN."""
    return [
        Loss(change=change, what=LOST[change.type])
        for change in changes
        if change.operation in {Operation.REPLACE, Operation.DELETE}
        and change.type in LOST
        and not change.retained
    ]


def check_urns(allowed: Sequence[str]) -> None:
    """Refuse before anything runs what can be no URN.

    Raises:
        UsageError: one of them is none.
    """
    for urn in allowed:
        if not urn.startswith(URN):
            raise UsageError(
                f"{OPTION} takes the URN of one resource, as the refusal names it: {urn!r} is none"
            )


def judge(changes: Iterable[Change], allowed: Sequence[str]) -> None:
    """Refuse changes that would lose data, but for the resources that were named.

    Args:
        changes: Of one preview.
        allowed: URNs of resources that may be lost.

    Raises:
        RefusedError: some would lose data and are not named.
        UsageError: a name matches nothing that would be lost; it must not wait for another day.
    """
    found = losses(changes)
    if refused := [loss for loss in found if loss.change.urn not in allowed]:
        number = f"{len(refused)} resource" + ("" if len(refused) == 1 else "s")
        lines = "".join(f"\n  {loss.sentence}" for loss in refused)
        raise RefusedError(f"refused, nothing was changed: data of {number} would be lost{lines}")
    known = {loss.change.urn for loss in found}
    if idle := [urn for urn in allowed if urn not in known]:
        raise UsageError(
            f"{OPTION} {shlex.quote(idle[0])} matches nothing that would be lost: leave it out, or name a "
            "resource that is; nothing was changed"
        )
