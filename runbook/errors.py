"""The CLI's exit codes, its errors, and the one sentence that each failure becomes."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

CREDENTIALS_ADVICE: Final = "sign in to AWS (aws sso login, or export AWS_PROFILE) and run the command again"


class ExitCode(IntEnum):
    """What `omnitrack` answers to the shell."""

    OK = 0
    FAILED = 1
    USAGE = 2
    CLOUD_DOWN = 3
    REFUSED = 4
    INTERRUPTED = 130


class RunbookError(Exception):
    """A command cannot do what was asked; the text is the sentence the operator reads."""

    exit_code = ExitCode.FAILED


class UsageError(RunbookError):
    """The command line asks for something that cannot be meant."""

    exit_code = ExitCode.USAGE


class RefusedError(RunbookError):
    """The change would lose data, and nobody has allowed that."""

    exit_code = ExitCode.REFUSED


class CloudDownError(RunbookError):
    """The command needs the local cloud, and it is not running."""

    exit_code = ExitCode.CLOUD_DOWN

    def __init__(self) -> None:
        super().__init__("the local cloud is not running: start it with `omnitrack local up`")


def explain(error: BaseException) -> tuple[str, ExitCode] | None:
    """The sentence and the exit code of an error that an operator can act on.

    Args:
        error: what a command raised.

    Returns:
        None for an error that is a defect of the program: its traceback is worth more than a sentence.
    """
    # Imported here: a failure is rare, and the help must not wait for boto3.
    from botocore.exceptions import (  # noqa: PLC0415 - see above
        BotoCoreError,
        ClientError,
        CredentialRetrievalError,
        NoCredentialsError,
        ProfileNotFound,
    )
    from omnitrack.domain.errors import OmniTrackError  # noqa: PLC0415 - see above

    from localcloud.control import LocalCloudError  # noqa: PLC0415 - see above
    from localcloud.engine import EngineError  # noqa: PLC0415 - see above

    match error:
        case RunbookError():
            return str(error), error.exit_code
        case LocalCloudError() | EngineError() | OmniTrackError():
            sentence = str(error)
        case NoCredentialsError() | CredentialRetrievalError():
            sentence = f"AWS has no credentials to work with: {CREDENTIALS_ADVICE}"
        case ProfileNotFound():
            sentence = f"{error}: name another with --profile, or set it up with `aws configure sso`"
        case ClientError():
            sentence = _client_sentence(error)
        case BotoCoreError():
            sentence = f"AWS cannot be asked: {error}"
        case OSError():
            where = f" ({error.filename})" if error.filename else ""
            sentence = f"the system refused: {error.strerror or error}{where}"
        case _:
            return None
    return sentence, ExitCode.FAILED


def _client_sentence(error: Exception) -> str:
    response = getattr(error, "response", {}).get("Error", {})
    operation = getattr(error, "operation_name", "the request")
    code, message = response.get("Code", "unknown"), response.get("Message", "no reason given")
    if code in {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
    }:
        return f"AWS refused the credentials ({code}): {CREDENTIALS_ADVICE}"
    return f"AWS refused {operation} ({code}): {message}"
