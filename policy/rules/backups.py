"""Whether a backup plan takes a table: AWS Backup selects by ARN, by tag, and leaves out by both."""

import re

from policy.graph import UNKNOWN, Graph, Link, Resource, every_link, is_set, read
from policy.predicates import any_link, at_least_one, entries, negated
from policy.rule import Context, Verdict
from policy.rules.taggable import has_tag

SELECTION = "aws:backup/selection:Selection"

_TABLE_ARN = re.compile(r"arn:[^:]+:dynamodb:[^:]*:[^:]*:table/(?P<name>[^/:*]+)")
_TAG_PREFIX = "aws:ResourceTag/"
_OPERATORS = ("stringEquals", "stringLikes", "stringNotEquals", "stringNotLikes")
_NO_NAME = "?"  # in no name of a table, so that only an asterisk covers it


def plan_covers_table(table: Resource, context: Context) -> Verdict:
    """A selection of a backup plan takes the table."""
    graph = context.graph
    answers = [_selects(selection, table, graph) for selection in graph.of(SELECTION)]
    return at_least_one(answers, "is in no backup plan")


def _selects(selection: Resource, table: Resource, graph: Graph) -> Link:
    chosen: Link = True  # a selection of nothing in particular takes all
    if is_set(selection.read("resources")) or is_set(selection.read("selectionTags")):
        chosen = any_link([*_named(selection, "resources", table, graph), *_tagged(selection, table, graph)])
    left_out = any_link(_named(selection, "notResources", table, graph))
    return every_link(chosen, negated(left_out), *_conditions(selection, table, graph))


def _named(selection: Resource, path: str, table: Resource, graph: Graph) -> list[Link]:
    sources = graph.sources(selection, path)
    return [_names(entry, table, sources) for entry in entries(selection.properties, path)]


def _names(entry: object, table: Resource, sources: list[Resource]) -> Link:
    if entry is UNKNOWN:
        if table in sources:
            return True
        return False if any(source.type == table.type for source in sources) else UNKNOWN
    if isinstance(entry, str) and "*" in entry:
        return _covers(entry, table)
    return isinstance(entry, str) and _is_named(entry, table, sources)


def _is_named(entry: str, table: Resource, sources: list[Resource]) -> Link:
    arn, name = table.identity("arn"), table.identity("name")
    if isinstance(arn, str):
        return entry == arn
    parts = _TABLE_ARN.fullmatch(entry)
    if parts is None:
        return False
    if isinstance(name, str):
        return parts["name"] == name
    return True if table in sources else UNKNOWN


def _covers(pattern: str, table: Resource) -> Link:
    arn, name = table.identity("arn"), table.identity("name")
    if isinstance(arn, str):
        return _matches(pattern, arn)
    # The ARN is not known yet: one of the pattern's own partition, region and account stands for it.
    partition, region, account = ([*pattern.split(":", 5), *([""] * 5)][index] for index in (1, 3, 4))
    stand_in = f"arn:{partition}:dynamodb:{region}:{account}:table/"
    if _matches(pattern, stand_in + (name if isinstance(name, str) else _NO_NAME)):
        return True
    return UNKNOWN if not isinstance(name, str) and pattern.startswith(stand_in) else False


def _matches(pattern: str, text: str) -> bool:
    """Whether an asterisk may stand for anything; each part is looked for once, after the one before."""
    if "*" not in pattern:
        return pattern == text
    first, *middle, last = pattern.split("*")
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        place = text.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return True


def _tagged(selection: Resource, table: Resource, graph: Graph) -> list[Link]:
    return [_tag(entry, table, graph) for entry in entries(selection.properties, "selectionTags")]


def _conditions(selection: Resource, table: Resource, graph: Graph) -> list[Link]:
    links: list[Link] = []
    for condition in entries(selection.properties, "conditions"):
        for operator in _OPERATORS:
            for entry in entries(condition, operator):
                link = _tag(entry, table, graph, pattern=operator.endswith("Likes"))
                links.append(negated(link) if "Not" in operator else link)
    return links


def _tag(entry: object, table: Resource, graph: Graph, *, pattern: bool = False) -> Link:
    key, wanted = read(entry, "key"), read(entry, "value")
    if not isinstance(key, str) or not isinstance(wanted, str):
        return UNKNOWN

    def accepts(value: object) -> Link:
        if value is UNKNOWN:
            return UNKNOWN
        return _matches(wanted, str(value)) if pattern else value == wanted

    return has_tag(table, graph, key.removeprefix(_TAG_PREFIX), accepts)
