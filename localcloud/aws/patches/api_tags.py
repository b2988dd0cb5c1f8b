"""Shows the same tags of REST APIs and stages everywhere: those set at creation and those of TagResource.

https://docs.aws.amazon.com/apigateway/latest/api/API_TagResource.html
"""

from collections.abc import Callable
from typing import Any

from localcloud.aws.patches.upstream import Upstream


def apply() -> None:
    """Wrap what creates, deletes and shows the two.

    Raises:
        PatchError: MiniStack has changed.
    """
    gateway = Upstream("api_tags", "services.apigateway_v1")
    for name in ("_v1_tags", "_stages_v1", "get_region"):
        gateway.require(name)
    gateway.require("_rest_api_arn", "api_id")
    tags = _Tags(gateway.module)
    gateway.wrap("_rest_api_view", "api", by=tags.on_view)
    gateway.wrap("_create_stage", "api_id", "data", by=tags.on_creation)
    gateway.wrap("_get_stage", "api_id", "stage_name", by=tags.on_stage)
    gateway.wrap("_update_stage", "api_id", "stage_name", "data", by=tags.on_stage)
    gateway.wrap("_delete_stage", "api_id", "stage_name", by=tags.on_deletion)


class _Tags:
    """Keeps all tags where TagResource keeps them, and shows them from there."""

    def __init__(self, gateway: Any) -> None:  # noqa: ANN401 - upstream has no types
        self._gateway = gateway

    def _stage(self, api_id: str, name: str) -> str:
        return f"arn:aws:apigateway:{self._gateway.get_region()}::/restapis/{api_id}/stages/{name}"

    def on_view(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def view(api: dict[str, Any] | None) -> Any:  # noqa: ANN401
            shown = original(api)
            if not shown:
                return shown
            arn = self._gateway._rest_api_arn(shown["id"])
            return {**shown, "tags": dict(self._gateway._v1_tags.get(arn) or {})}

        return view

    def on_creation(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def create(api_id: str, data: dict[str, Any]) -> Any:  # noqa: ANN401
            answer = original(api_id, data)
            if answer[0] < 400:  # noqa: PLR2004 - the first status of an error
                self._gateway._v1_tags[self._stage(api_id, data["stageName"])] = dict(data.get("tags") or {})
            return answer

        return create

    def on_stage(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def show(api_id: str, stage_name: str, *rest: Any) -> Any:  # noqa: ANN401
            stage = (self._gateway._stages_v1.get(api_id) or {}).get(stage_name)
            if stage is not None:
                stage["tags"] = dict(self._gateway._v1_tags.get(self._stage(api_id, stage_name)) or {})
            return original(api_id, stage_name, *rest)

        return show

    def on_deletion(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def delete(api_id: str, stage_name: str) -> Any:  # noqa: ANN401
            self._gateway._v1_tags.pop(self._stage(api_id, stage_name), None)
            return original(api_id, stage_name)

        return delete
