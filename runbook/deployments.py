"""The Pulumi engine on one stack: locally, in the stack's own account, or offline for a preview."""

from __future__ import annotations

import json
import os
import platform
import secrets
import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from localcloud import control, engine
from runbook import local_zone, locks, preview_provider, profiles, progress, stack_files, stacks
from runbook.errors import RunbookError
from runbook.stacks import ROOT, Place

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

# What a local run must not inherit: it would reach another account, another backend or another passphrase.
FOREIGN: Final = (
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_DEBUG_PROVIDERS",
    "PULUMI_STACK",
)
SIGNALS: Final = 128  # and above: a signal ended the process
UNEXPECTED: Final = 255  # what Pulumi itself answers for errors of no kind
POLICY_PACK: Final = ROOT / "policy"
ARM: Final = ("aarch64", "arm64")  # how systems call it


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One stack in one place, ready for the engine.

    Attributes:
        stack: name of the stack.
        place: where it runs.
        engine: the Pulumi CLI.
        environment: the whole environment of the CLI.
        project_folder: where commands run that do not need the program; not the repository when local, so
            that Pulumi writes no key into its stack files.
    """

    stack: str
    place: Place
    engine: engine.Engine
    environment: Mapping[str, str]
    project_folder: Path

    @property
    def settings_copy(self) -> Path:
        """The stack file that local and offline runs use instead of the repository's."""
        return self.project_folder / f"Pulumi.{self.stack}.yaml"

    def run(self, command: str, *arguments: str, events: Path | None = None, aside: bool = False) -> None:
        """Run `pulumi preview|up|destroy|refresh`, with the policy pack where the command judges.

        Args:
            command: of the four.
            arguments: for it, beside those that say stack, settings and policy pack.
            events: a file for the engine's record of what it does, one JSON document a line.
            aside: standard output is another run's, so all that this one says goes to standard error.

        Raises:
            PulumiFailedError: Pulumi said no; it has said why.
        """
        flags = ["--stack", self.stack]
        environment = self.environment
        if self.place is not Place.LIVE:
            flags += ["--config-file", str(self.settings_copy)]
        if command in {"preview", "up"}:
            flags += policy_flags(self.stack)
        if events is not None:
            flags += ["--event-log", str(events)]
            environment = {**environment, "PULUMI_DEBUG_COMMANDS": "true"}  # else it does not know the flag
        ended = engine.run(
            self.engine, [command, *flags, *arguments], cwd=ROOT, environment=environment, capture=aside
        )
        if aside:
            sys.stderr.write(f"{ended.stdout}{ended.stderr}")
        if ended.returncode:
            raise PulumiFailedError(command, self.stack, ended.returncode)

    def outputs(self) -> dict[str, Any]:
        """What the program exports; empty for a stack that is not there yet.

        Raises:
            RunbookError: Pulumi cannot read the state.
        """
        if self.place is Place.LOCAL and not self.initialised:
            return {}
        ended = self._ask("stack", "output", "--json", "--stack", self.stack)
        if ended.returncode:
            raise RunbookError(f"the outputs of {self.stack} cannot be read: {_last_line(ended.stderr)}")
        outputs: dict[str, Any] = json.loads(ended.stdout)
        return outputs

    def state(self) -> list[dict[str, Any]]:
        """The resources in the stack's state; none where it cannot be read."""
        ended = self._ask("stack", "export", "--stack", self.stack)
        if ended.returncode:
            return []
        resources: list[dict[str, Any]] = json.loads(ended.stdout)["deployment"].get("resources") or []
        return resources

    @property
    def initialised(self) -> bool:
        """Whether the file backend knows the stack."""
        return self._state_file.exists()

    @property
    def populated(self) -> bool:
        """Whether the file backend knows resources of the stack, beside the stack itself."""
        if not self.initialised:
            return False
        state = json.loads(self._state_file.read_text(encoding="utf-8"))
        return len(state["checkpoint"]["latest"].get("resources") or []) > 1

    def prepare(self) -> None:
        """Copy the stack's settings, make the stack where it is new, remove the lock of a killed run."""
        self.project_folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "Pulumi.yaml", self.project_folder / "Pulumi.yaml")
        salt = None
        if self.initialised and self.settings_copy.exists():
            salt = stack_files.read(self.settings_copy).get("encryptionsalt")
        stack_files.copy_without_keys(
            stacks.settings_file(self.stack),
            self.settings_copy,
            overrides=self._host_settings(),
            salt=salt,
        )
        if not self.initialised:
            ended = self._ask("stack", "init", self.stack, "--no-select", "--non-interactive")
            if ended.returncode:
                raise RunbookError(f"the stack {self.stack} cannot be made: {_last_line(ended.stderr)}")
        elif locks.all_dead(self._backend, stacks.project(), self.stack):
            progress.say(f"the last run on {self.stack} was killed: removing its lock")
            self._ask("cancel", "--yes", "--stack", self.stack)

    def _host_settings(self) -> dict[str, object]:
        """What holds in the local cloud whatever the stack asks for.

        This machine runs functions on its own Python and processor, and nobody has to prepare the cloud
        before: the boundary of roles that a bootstrap makes is left out, and the zone of a domain is made.
        """
        if self.place is not Place.LOCAL:
            return {}
        # By their names in Lambda: `host` is for the account of development only.
        this_machine = {
            "functionRuntime": f"python{sys.version_info.major}.{sys.version_info.minor}",
            "functionArchitecture": "arm64" if platform.machine().lower() in ARM else "x86_64",
            "permissionsBoundary": "",
        }
        if domain := str(stacks.settings(self.stack).get(f"{stacks.project()}:apiDomain") or ""):
            this_machine["hostedZoneId"] = local_zone.zone_of(self.stack, domain)
        return {f"{stacks.project()}:{name}": value for name, value in this_machine.items()}

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return engine.run(
            self.engine, arguments, cwd=self.project_folder, environment=self.environment, capture=True
        )

    @property
    def _state_file(self) -> Path:
        return self._backend / "stacks" / stacks.project() / f"{self.stack}.json"

    @property
    def _backend(self) -> Path:
        return Path(self.environment["PULUMI_BACKEND_URL"].removeprefix("file://")) / ".pulumi"


class PulumiFailedError(RunbookError):
    """Pulumi ended with an error that it has explained itself."""

    def __init__(self, command: str, stack: str, code: int) -> None:
        reason = "was killed: run it again" if SIGNALS < code < UNEXPECTED else "failed: the reason is above"
        super().__init__(f"pulumi {command} of {stack} {reason} (exit code {code})")
        self.code = code


def policy_flags(stack: str) -> list[str]:
    """The flags that attach the policy pack, with the stack's configuration of it where there is one."""
    flags = ["--policy-pack", str(POLICY_PACK)]
    configuration = policy_configuration(stack)
    return [*flags, "--policy-pack-config", str(configuration)] if configuration else flags


def policy_configuration(stack: str) -> Path | None:
    """The stack's configuration of the policy pack, where it has one."""
    file = POLICY_PACK / "config" / f"{stack}.json"
    return file if file.exists() else None


@contextmanager
def opened(stack: str, place: Place, profile: str | None = None) -> Iterator[Deployment]:
    """A stack as the engine sees it; local and offline, nothing of the user's own accounts is in it.

    Args:
        stack: its name.
        place: where it runs.
        profile: the AWS profile that `--profile` names; only for the stack's own account.

    Raises:
        CloudDownError: the place is the local cloud, and it is not running.
        EngineError: there is no engine, and none can be had.
        RunbookError: the preview provider does not start, or no backend of the account's state is known.
    """
    # The login of the user's own Pulumi lies in its usual folder, not in the project's cache.
    base = {"PULUMI_HOME": str(Path("~/.pulumi").expanduser())} | os.environ
    if place is Place.LIVE and not _backend_known(base):
        raise RunbookError(
            f"nobody says where the state of {stack} is: set PULUMI_BACKEND_URL to the address that "
            f"`omnitrack bootstrap -s {stack} --live` prints"
        )
    pulumi = engine.ensure(progress.say)
    match place:
        case Place.LIVE:
            yield Deployment(
                stack=stack,
                place=place,
                engine=pulumi,
                environment=profiles.applied(pulumi.environment(base), profiles.chosen(stack, profile)),
                project_folder=ROOT,
            )
        case Place.LOCAL:
            cloud = stacks.running_cloud()
            yield Deployment(
                stack=stack,
                place=place,
                engine=pulumi,
                environment=pulumi.environment(_own(), local=True)
                | cloud.pulumi_environment(stacks.account_of(stack)),
                project_folder=cloud.home / "stacks",
            )
        case Place.OFFLINE:
            with tempfile.TemporaryDirectory(prefix="omnitrack-preview-") as folder, _provider_port() as port:
                backend = Path(folder) / "backend"
                backend.mkdir()
                yield Deployment(
                    stack=stack,
                    place=place,
                    engine=pulumi,
                    environment=pulumi.environment(_own(), local=True)
                    | {
                        "PULUMI_DEBUG_PROVIDERS": f"aws:{port}",
                        "PULUMI_BACKEND_URL": f"file://{backend}",
                        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(),
                    },
                    project_folder=Path(folder),
                )


def _backend_known(environment: Mapping[str, str]) -> bool:
    """Whether a variable, the project or an earlier `pulumi login` says where states are."""
    if environment.get("PULUMI_BACKEND_URL") or environment.get("PULUMI_ACCESS_TOKEN"):
        return True
    if stack_files.read(ROOT / "Pulumi.yaml").get("backend"):
        return True
    folder = environment.get("PULUMI_CREDENTIALS_PATH") or environment["PULUMI_HOME"]
    try:
        login = json.loads((Path(folder) / "credentials.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(login, dict) and bool(login.get("current"))


@contextmanager
def _provider_port() -> Iterator[int]:
    """The port of the running local cloud's provider, or of one that is started for this preview only.

    A provider that runs other code than the clone has now may not know what the program asks for.
    """
    cloud = control.find(stacks.home())
    if cloud and cloud.provider_port and not control.outdated(cloud.home):
        yield cloud.provider_port
        return
    with preview_provider.started() as port:
        yield port


def _own() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name not in FOREIGN
    }


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("error: ") if lines else "Pulumi gives no reason"
