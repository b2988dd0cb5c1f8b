"""Puts MiniStack, its patches, the gateway and the edge together."""

from ministack import app as ministack

from localcloud.aws import authorizer, gateway, patches, routes, sign_in
from localcloud.aws.distribution_edge import DistributionEdge
from localcloud.aws.distribution_log import AccessLog
from localcloud.aws.edge import Edge
from localcloud.aws.faults import Faults
from localcloud.aws.options import ServerOptions
from localcloud.aws.saver import Saver
from localcloud.aws.snapshot import Snapshots


def assemble(options: ServerOptions) -> Edge:
    """The application to serve.

    Args:
        options: how this process runs.

    Raises:
        PatchError: MiniStack is not the version that all this was made for.
    """
    patches.apply()
    authorizer.install()
    sign_in.install()
    gateway.install(options.integration_timeout)
    routes.install()
    snapshots = Snapshots(options.snapshot)
    snapshots.install()
    return Edge(
        application=Faults(ministack.app, options.home),
        distribution_edge=DistributionEdge(ministack.app, AccessLog()),
        saver=Saver(snapshots.save_everything),
        options=options,
    )
