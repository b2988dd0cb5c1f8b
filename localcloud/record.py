"""What a home folder remembers of its cloud: the ports for the next start, the processes for stopping."""

import dataclasses
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud import ports
from localcloud.cloud import LocalCloud
from localcloud.processes import Process

PATIENCE = 10.0  # seconds; a busy machine must not make a cloud that works look broken


@dataclass(frozen=True, kw_only=True)
class Record:
    """The last start of a cloud.

    Attributes:
        cloud: its addresses.
        cloud_process: the process of the AWS APIs.
        provider_process: the process of the provider; None until it has been started.
        code: fingerprint of what they run; empty where nobody wrote it down.
    """

    cloud: LocalCloud
    cloud_process: Process
    provider_process: Process | None
    code: str = ""

    @staticmethod
    def read(home: Path) -> "Record | None":
        """The record in a home folder; None where none was written, or one of another version."""
        try:
            document = json.loads((home / "cloud.json").read_text())
            provider = document["provider_process"]
            return Record(
                cloud=LocalCloud(home=home, **document["cloud"]),
                cloud_process=Process(**document["cloud_process"]),
                provider_process=Process(**provider) if provider else None,
                code=str(document.get("code", "")),
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self) -> None:
        """Put the record in the place of the one before."""
        document = dataclasses.asdict(self)
        del document["cloud"]["home"]
        file = self.cloud.home / "cloud.json"
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(document, indent=2) + "\n")
        draft.replace(file)

    @property
    def cloud_answers(self) -> bool:
        """Whether the process of the AWS APIs says that it is healthy."""
        return self.cloud_health == "ok"

    @property
    def cloud_health(self) -> str:
        """What the process of the AWS APIs says of itself: "ok", "starting", a fault, or "no answer"."""
        health = ask(f"{self.cloud.endpoint}/_omnitrack/health")
        return str(health["status"]) if health.get("pid") == self.cloud_process.pid else "no answer"

    @property
    def provider_answers(self) -> bool:
        """Whether the provider takes connections."""
        return self.provider_process is not None and ports.connects(self.cloud.provider_port)

    @property
    def healthy(self) -> bool:
        """Whether both processes run and answer."""
        return (
            self.cloud_process.alive
            and self.provider_process is not None
            and self.provider_process.alive
            and self.cloud_answers
            and self.provider_answers
        )


def ask(address: str, *, method: str = "GET", patience: float = PATIENCE) -> dict[str, Any]:
    """The JSON object that an address answers with, whatever the status; empty when there is none.

    Args:
        address: where to ask.
        method: HTTP method.
        patience: seconds to wait for the answer.
    """
    request = urllib.request.Request(address, method=method)  # noqa: S310 - loopback
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy could not reach it
    try:
        with direct.open(request, timeout=patience) as answer:
            document = json.load(answer)
    except urllib.error.HTTPError as error:
        document = _document(error.read())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def _document(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
