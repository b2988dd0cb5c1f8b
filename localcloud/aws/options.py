"""What the local AWS is started with, and the environment it gives itself."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """How one server process runs.

    Attributes:
        home: folder of state, logs and temporary files.
        port: loopback port of the AWS APIs and of the platform's API.
        mqtt_port: loopback port of MQTT over TLS.
        account: account of requests without a key of their own.
        region: region of requests that name none.
        integration_timeout: seconds a REST API waits for its integration
            (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html).
    """

    home: Path
    port: int
    mqtt_port: int
    account: str
    region: str
    integration_timeout: float

    @property
    def snapshot(self) -> Path:
        """The link to the current snapshot, which each save moves on."""
        return self.home / "state" / "current"

    @property
    def files(self) -> Path:
        """The folder of what MiniStack writes at once: code archives and the user pools' keys."""
        return self.home / "state" / "files"

    @property
    def temporary(self) -> Path:
        """The folder of the functions' unpacked code, emptied at start and stop."""
        return self.home / "tmp"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.home / "logs" / "cloud.log"

    def environment(self) -> dict[str, str]:
        """The whole environment of the server, which the functions' workers inherit.

        Nothing of the user's is in it: no search path of Python, no credentials, no home folder.
        """
        nowhere = str(self.temporary / "none")
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(self.temporary),
            "TMPDIR": str(self.temporary),
            "PYTHONNOUSERSITE": "1",
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Read by MiniStack, some at import and some at each use.
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "AUTH": "true",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.files),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.home / "state" / "s3"),
            "MINISTACK_ACCOUNT_ID": self.account,
            "MINISTACK_REGION": self.region,
            "IOT_MTLS_ENABLED": "1",
            "IOT_MTLS_PORT": str(self.mqtt_port),
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{nowhere}",
        }
