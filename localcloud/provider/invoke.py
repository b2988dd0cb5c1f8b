"""The form of a function (`aws.get_caller_identity()` and the like)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from localcloud.provider.cloud import Cloud


@dataclass(frozen=True, kw_only=True)
class Invoke:
    """One function of the `aws` package.

    Attributes:
        function: Pulumi's name, such as `aws:index/getRegion:getRegion`.
        answer: Computes the result's properties from the arguments; may call the cloud.
        arguments: Names of the arguments it understands; another one is refused.
    """

    function: str
    answer: Callable[[Cloud, Mapping[str, Any]], dict[str, Any]]
    arguments: tuple[str, ...] = ()
