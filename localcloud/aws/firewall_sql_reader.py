"""Reads expressions and statements from SQL tokens, as far as an injection needs them to be well formed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from localcloud.aws.firewall_sql_tokens import Token
from localcloud.aws.firewall_sql_words import (
    AFTER_OBJECT,
    ARITHMETIC,
    ARTICLES,
    CALLS,
    CLAUSES,
    COMPARISONS,
    CONSTANTS,
    OBJECTS,
    SENSITIVE_TABLES,
    SIGNS_BEFORE,
)

END = Token("end", "")
NAME = "name"
VALUE = "value"
CALL = "call"
# What may follow the name of the object that a statement is about.
STOPS = ("end", ";", "(", ",", "comment")
LITERALS = ("string", "number", "variable")


class Reader:
    """Answers questions about what stands at a place of the tokens; a place past the end is `END`."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self._closing = _closing_parentheses(tokens)

    def at(self, index: int) -> Token:
        """The token at `index`."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else END

    def words(self, index: int, *expected: str) -> bool:
        """Whether the words `expected` stand at `index`."""
        return all(
            self.at(index + offset).kind == "word" and self.at(index + offset).text == word
            for offset, word in enumerate(expected)
        )

    def is_operator(self, index: int, operators: frozenset[str]) -> bool:
        """Whether one of `operators`, which may be words, stands at `index`."""
        token = self.at(index)
        return token.kind in ("operator", "word") and token.text in operators

    def ends_clause(self, index: int) -> bool:
        """Whether what stands at `index` may follow a complete condition: all but an ordinary word."""
        token = self.at(index)
        return token.kind != "word" or token.text in CLAUSES

    def opened(self, index: int) -> int:
        """The place after the opening parentheses and negations at `index`."""
        while self.at(index).kind == "(" or self.is_operator(index, SIGNS_BEFORE):
            index += 1
        return index

    def closed(self, index: int) -> int:
        """The place after the closing parentheses at `index`."""
        while self.at(index).kind == ")":
            index += 1
        return index

    def after_group(self, index: int) -> int:
        """The place after the group that opens at `index`; the end, where it is not closed."""
        return self._closing.get(index, len(self.tokens)) + 1

    def operand(self, index: int) -> tuple[int, str] | None:
        """What comes after the operand at `index`, and whether it is a VALUE, a CALL or a NAME."""
        found = self._single_operand(index)
        while found and self.is_operator(found[0], ARITHMETIC):
            more = self._single_operand(found[0] + 1)
            if more is None:
                break
            found = more[0], found[1] if more[1] == VALUE else more[1]
        return found

    def _single_operand(self, index: int) -> tuple[int, str] | None:
        while self.is_operator(index, SIGNS_BEFORE):
            index += 1
        token = self.at(index)
        if token.kind in LITERALS or (token.kind == "word" and token.text in CONSTANTS):
            return index + 1, VALUE
        if token.kind == "(":
            return (self.after_group(index), VALUE) if self._holds_value(index + 1) else None
        if token.kind != "word" or token.text in CLAUSES:
            return None
        if self.at(index + 1).kind == "(" and token.text in CALLS:
            return self.after_group(index + 1), CALL
        return index + 1, NAME

    def _holds_value(self, index: int) -> bool:
        token = self.at(self.opened(index))
        return token.kind in LITERALS or (
            token.kind == "word"
            and (token.text in CALLS or token.text in CONSTANTS or token.text == "SELECT")
        )

    def comparison(self, index: int) -> tuple[int, str, str] | None:
        """What comes after the comparison at `index`, and the kinds of its two sides."""
        left = self.operand(index)
        if left is None:
            return None
        place = left[0]
        place += self.words(place, "NOT")
        if not self.is_operator(place, COMPARISONS):
            return None
        after = self._right_side(self.at(place).text, place + 1)
        return (after[0], left[1], after[1]) if after else None

    def _right_side(self, word: str, place: int) -> tuple[int, str] | None:
        """What comes after the right side of a comparison with `word`, and its kind."""
        if word == "IS":
            place += self.words(place, "NOT")
            constant = self.at(place).kind == "word" and self.at(place).text in CONSTANTS
            return (place + 1, VALUE) if constant else None
        if word == "IN":
            grouped = self.at(place).kind == "(" and self.operand(place) is not None
            return (self.after_group(place), VALUE) if grouped else None
        while self.is_operator(place, COMPARISONS) or self.words(place, "ANY") or self.words(place, "ALL"):
            place += 1
        right = self.operand(place)
        if right is None or word != "BETWEEN":
            return right
        upper = self.operand(right[0] + 1) if self.words(right[0], "AND") else None
        return (upper[0], right[1]) if upper else None

    def same_operands(self, index: int) -> bool:
        """Whether a name is compared with itself at `index`."""
        left, right = self.at(index), self.at(index + 2)
        return left.kind == right.kind == "word" and left.text == right.text

    def selection(self, index: int) -> bool:
        """Whether SELECT at `index` begins a query, not an English sentence."""
        place = index + 1
        while self.at(place).kind == "word" and self.at(place).text in ("ALL", "DISTINCT", "DISTINCTROW"):
            place += 1
        if self.words(place, "TOP") and self.at(place + 1).kind == "number":
            place += 2
        columns = evidence = 0
        while True:
            if self.at(place).text == "*":
                after, kind = place + 1, VALUE
                evidence += 1
            else:
                operand = self.operand(place)
                if operand is None:
                    return False
                after, kind = operand
            columns += 1
            evidence += kind == CALL or "." in self.at(place).text or self.at(place).kind == "variable"
            if self.words(after, "AS"):
                after += 2
            if self.at(after).kind != ",":
                break
            place = after + 1
        source = self.words(after, "FROM") and self._source(after + 1)
        if source:
            return True
        return self.ends_clause(after) and bool(evidence or columns > 1 or self.at(place).kind == "number")

    def _source(self, index: int) -> bool:
        token = self.at(index)
        if token.kind == "(":
            return True
        if token.kind != "word" or token.text in ARTICLES:
            return False
        alias = self.words(index + 1, "AS") or self.at(index + 1).kind == "word"
        return self.ends_clause(index + 1) or (alias and self.ends_clause(index + 2))

    def statement(self, index: int) -> bool:
        """Whether a statement that changes, shows or runs something begins at `index`."""
        begins = _STATEMENTS.get(self.at(index).text) if self.at(index).kind == "word" else None
        return begins is not None and begins(self, index)

    def names(self, index: int) -> bool:
        """Whether a name that may be an object's stands at `index`."""
        return self.at(index).kind == "word" and self.at(index).text not in ARTICLES

    def _is_definition(self, index: int) -> bool:
        if self.at(index + 1).text not in OBJECTS or not self.names(index + 2):
            return False
        return self.at(index + 3).text in AFTER_OBJECT or self.at(index + 3).kind in STOPS

    def _is_insertion(self, index: int) -> bool:
        if not self.words(index + 1, "INTO") or not self.names(index + 2):
            return False
        after = self.after_group(index + 3) if self.at(index + 3).kind == "(" else index + 3
        return any(self.words(after, word) for word in ("VALUES", "VALUE", "SELECT"))

    def _is_update(self, index: int) -> bool:
        if self.at(index + 1).kind != "word" or not self.words(index + 2, "SET"):
            return False
        assigned = self.at(index + 3).kind == "word" and self.at(index + 4).text in ("=", ":=")
        return assigned and self.operand(index + 5) is not None

    def _is_deletion(self, index: int) -> bool:
        if not self.words(index + 1, "FROM") or not self.names(index + 2):
            return False
        if self.words(index + 3, "WHERE"):
            return self.comparison(index + 4) is not None
        last = self.at(index + 3).kind in (";", "comment") and self.at(index + 4) is END
        return last or (self.at(index + 2).text.startswith(SENSITIVE_TABLES) and self.ends_clause(index + 3))

    def _is_call(self, index: int) -> bool:
        called = self.at(index + 1)
        return called.kind in ("(", "variable") or called.text.rpartition(".")[2].startswith(("XP_", "SP_"))

    def _is_wait(self, index: int) -> bool:
        return self.at(index + 1).text in ("DELAY", "TIME") and self.at(index + 2).kind == "string"

    def _sets_variable(self, index: int) -> bool:
        return self.at(index + 1).kind == "variable"

    def _is_grant(self, index: int) -> bool:
        if self.at(index + 1).text in ("ALL", "DBA"):
            return self.at(index + 2).text in ("TO", "FROM", "PRIVILEGES", "ON")
        return any(self.words(place, "ON") for place in range(index + 2, index + 8))

    def _is_copy(self, index: int) -> bool:
        return any(
            self.words(place, "PROGRAM") or self.words(place, "STDIN") for place in range(index, index + 12)
        )

    def _is_load(self, index: int) -> bool:
        if self.words(index + 1, "DATA"):
            return any(self.words(place, "INFILE") for place in range(index + 2, index + 5))
        return self.words(index + 1, "EXTENSION")

    def _is_attachment(self, index: int) -> bool:
        return self.at(index + 1).kind == "string" or (
            self.words(index + 1, "DATABASE") and self.at(index + 2).kind == "string"
        )


_STATEMENTS: Mapping[str, Callable[[Reader, int], bool]] = MappingProxyType(
    {
        **dict.fromkeys(("DROP", "ALTER", "CREATE", "TRUNCATE"), Reader._is_definition),  # noqa: SLF001 - same file
        **dict.fromkeys(("INSERT", "REPLACE"), Reader._is_insertion),  # noqa: SLF001
        "UPDATE": Reader._is_update,  # noqa: SLF001
        "DELETE": Reader._is_deletion,  # noqa: SLF001
        **dict.fromkeys(("EXEC", "EXECUTE", "CALL"), Reader._is_call),  # noqa: SLF001
        "WAITFOR": Reader._is_wait,  # noqa: SLF001
        **dict.fromkeys(("DECLARE", "SET"), Reader._sets_variable),  # noqa: SLF001
        **dict.fromkeys(("GRANT", "REVOKE"), Reader._is_grant),  # noqa: SLF001
        "COPY": Reader._is_copy,  # noqa: SLF001
        "LOAD": Reader._is_load,  # noqa: SLF001
        "ATTACH": Reader._is_attachment,  # noqa: SLF001
        "SELECT": Reader.selection,
    }
)


def _closing_parentheses(tokens: Sequence[Token]) -> dict[int, int]:
    closing: dict[int, int] = {}
    open_places: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind == "(":
            open_places.append(place)
        elif token.kind == ")" and open_places:
            closing[open_places.pop()] = place
    return closing
