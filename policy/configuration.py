"""The configuration of the policy: `policy/config/STAGE.json`, the same file for the engine and for us.

Its keys are ids of rules (or `all`), its values a level, or an object with `enforcementLevel` and, for
`log-group-retention`, `retentionDays`. It can raise what a stage demands. It cannot lower it: a retention
below the stage's and a lower level for a rule of the mission have no effect and are violations themselves.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from policy.rule import Level
from policy.rules import BY_ID, RULES
from policy.stages import retention_floor

FOLDER = Path(__file__).with_name("config")
RETENTION_RULE = "log-group-retention"
RETENTION_SETTING = "retentionDays"
LEVEL_SETTING = "enforcementLevel"
ALL = "all"
RELATIONS = "-relations"
"""Ends the name of a rule's second policy, of what only the whole stack tells."""
LONGEST = 100 * 365
"""Nobody keeps logs longer; a number above it is a slip."""


class ConfigurationError(Exception):
    """The file cannot be read; the text names it and the place in it."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What a stage asks for beyond the rules themselves.

    `levels` are the rules with another level than their own; `faults` what the file asks for in vain, each as
    the rest of a sentence about the stack.
    """

    stage: str
    retention_days: int
    levels: Mapping[str, Level] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def load(stage: str, folder: Path = FOLDER, *, operator: Mapping[str, object] | None = None) -> Configuration:
    """Reads the configuration of a stage; one without a file asks for what the rules say.

    Args:
        stage: whose configuration.
        folder: where the files are.
        operator: entries that count for more than those of the file, from `--policy-pack-config`.

    Raises:
        ConfigurationError: the file is no JSON object.
    """
    file = folder / f"{stage}.json"
    if not file.exists():
        return read(stage, operator or {})
    try:
        document = json.loads(file.read_text("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise ConfigurationError(f"policy/config/{file.name}:1:1: is no text in UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"policy/config/{file.name}:{error.lineno}:{error.colno}"
        raise ConfigurationError(f"{place}: is no JSON, {error.msg}") from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"policy/config/{file.name}:1:1: must be an object of rules")
    return read(stage, document | dict(operator or {}))


def _refuse(constant: str) -> NoReturn:
    raise json.JSONDecodeError(f"{constant} is no number", constant, 0)


def read(stage: str, document: Mapping[str, object]) -> Configuration:
    """Takes what the file says, as far as it is allowed."""
    floor = retention_floor(stage)
    days, levels, faults = floor, dict[str, Level](), list[str]()
    # `all` first: a rule that is named itself counts for more.
    for key, value in sorted(document.items(), key=lambda item: item[0] != ALL):
        name = key.removesuffix(RELATIONS)
        if name != ALL and name not in BY_ID:
            faults.append(f"is configured for the unknown rule {name}")
            continue
        known = {LEVEL_SETTING, RETENTION_SETTING} if name == RETENTION_RULE else {LEVEL_SETTING}
        strange = sorted(set(value) - known) if isinstance(value, Mapping) else []
        faults += [f"has the unknown entry {entry} for {name}" for entry in strange]
        wanted = value.get(LEVEL_SETTING) if isinstance(value, Mapping) else value
        if wanted is not None and wanted not in list(Level):
            faults.append(f"has a level for {name} that is none of {', '.join(Level)}")
        elif wanted is not None:
            for rule in RULES if name == ALL else (BY_ID[name],):
                levels[rule.id] = Level(str(wanted))
                if rule.mission and levels.pop(rule.id) is not Level.MANDATORY:
                    faults.append(f"lowers {rule.id}, a rule of the mission")
        if name == RETENTION_RULE and isinstance(value, Mapping) and RETENTION_SETTING in value:
            asked = _retention(value[RETENTION_SETTING], stage)
            if isinstance(asked, int):
                days = asked
            else:
                faults.append(asked)
    return Configuration(stage=stage, retention_days=days, levels=levels, faults=tuple(faults))


def _retention(asked: object, stage: str) -> int | str:
    """The days that a stage is to keep its logs, or what is wrong with them."""
    floor = retention_floor(stage)
    if isinstance(asked, bool) or not isinstance(asked, int | float):
        return f"is configured with {RETENTION_SETTING} that is no number"
    if not asked < LONGEST:
        return f"is configured with {RETENTION_SETTING} of {LONGEST} or more"
    if asked < floor:
        return f"is configured with fewer than the {floor} days that {stage} keeps its logs"
    return int(asked)
