"""Assets and archives: what the engine sends of a file, a folder or a text, and its bytes."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from localcloud.provider.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The oldest moment that a zip file can hold: archives are byte for byte the same every time.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Asset:
    """A file, text or archive of the program; two are equal when the engine's hashes are.

    Attributes:
        kind: `asset` or `archive`.
        hash: The content's hash, computed by the engine.
        wire: The signed form, echoed unchanged in answers.
    """

    kind: str
    hash: str
    wire: Mapping[str, Any] = field(compare=False, repr=False)

    @classmethod
    def from_wire(cls, kind: str, wire: Mapping[str, Any]) -> Asset:
        """Read the signed form that the engine sends."""
        if wire.get("path") and not wire.get("assets"):
            # From its state the engine sends a file archive with an empty list beside the path; sent back,
            # it would stand in the state as a change.
            wire = {name: value for name, value in wire.items() if name != "assets"}
        return cls(kind=kind, hash=str(wire.get("hash", "")), wire=wire)

    def content(self) -> bytes:
        """The bytes of an asset, or an archive's zip file.

        Raises:
            ProviderError: The path does not exist, or the content is of a kind not supported here.
        """
        if self.wire.get("text"):
            return str(self.wire["text"]).encode()
        if "assets" in self.wire:
            return _zip(self.members())
        if not self.wire.get("path"):
            raise ProviderError(f"this {self.kind} has neither text nor path: use a file of the project")
        path = self._path()
        return _zip(self.members()) if path.is_dir() else path.read_bytes()

    def _path(self) -> Path:
        # The engine tells an attached provider no folder: relative paths count from where it was started.
        path = Path(self.wire["path"])
        if not path.exists():
            raise ProviderError(
                f"{self.kind} {path} does not exist in {Path.cwd()}: build it first, or give an absolute path"
            )
        return path

    def members(self, prefix: str = "") -> Iterator[tuple[str, bytes]]:
        """Name and bytes of every file of an archive, in a fixed order."""
        if "assets" in self.wire:
            for name, child in sorted(self.wire["assets"].items()):
                member = child if isinstance(child, Asset) else _nested(child)
                if member.kind == "archive":
                    yield from member.members(f"{prefix}{name}/")
                else:
                    yield f"{prefix}{name}", member.content()
            return
        path = self._path()
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    yield f"{prefix}{file.relative_to(path).as_posix()}", file.read_bytes()
        else:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{prefix}{name}", archive.read(name)


def _nested(wire: Mapping[str, Any]) -> Asset:
    is_archive = wire.get("4dabf18193072939515e22adb298388d") == "0def7320c3a5731c473e5ecbe6d01bc7"
    return Asset.from_wire("archive" if is_archive else "asset", wire)


def _zip(members: Iterator[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()
