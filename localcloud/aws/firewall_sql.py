"""Finds SQL injections: reads a value as SQL, outside and inside of each kind of quote.

An apostrophe, a dash or the word `select` is no attack. An attack has to leave the quotes (or stand where
none are) and go on as well-formed SQL: a condition, a second query, a second statement, a call that does
harm, or a comment that cuts the rest off. Those shapes are looked for, the words between them checked.
"""

import re
from collections.abc import Callable, Iterator

from localcloud.aws.firewall_sql_reader import CALL, LITERALS, NAME, VALUE, Reader
from localcloud.aws.firewall_sql_tokens import Token, tokens_of
from localcloud.aws.firewall_sql_words import (
    ARITHMETIC,
    BOOLEANS,
    COMPARISONS,
    HARMFUL_CALLS,
    SENSITIVE_TABLES,
)

QUOTES = ("", "'", '"')
VERSIONED_COMMENT = re.compile(r"/\*!\d{5}")
EMPTY_BODY = re.compile(r"(?:--|#|/\*)[\s\-+]*\w{0,12}\W*")


def is_injection(text: str) -> bool:
    """Whether `text` holds an SQL injection.

    Args:
        text: one value of a request, decoded.
    """
    if VERSIONED_COMMENT.search(text):
        return True
    return any(_Value(reader, broken=broken).is_attack() for reader, broken in _readings(text))


def _readings(text: str) -> Iterator[tuple[Reader, bool]]:
    variants = [text]
    if "/*" in text:  # un/**/ion, as some proxies glue it
        variants.append(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    for variant in variants:
        for escapes in (False, True) if "\\" in variant else (False,):
            for quote in QUOTES:
                if quote and quote not in variant:
                    continue
                tokens = tokens_of(quote + variant, escapes=escapes)
                if quote and (len(tokens) < 2 or not tokens[0].closed):  # noqa: PLR2004 - the string and what follows
                    continue
                yield Reader(tokens), bool(quote)


class _Value:
    """One reading of a value: whether the text has broken out of a quote, and the rules over its tokens."""

    def __init__(self, reader: Reader, *, broken: bool) -> None:
        self.reader = reader
        self.broken = broken
        # The first places where the surrounding statement could go on: after the value itself.
        self.after_value = reader.closed(1) if self._is_value(reader.at(0)) else 0

    def is_attack(self) -> bool:
        """Whether one of the rules finds its shape at one of the places."""
        places = range(len(self.reader.tokens))
        return self.cuts_the_rest_off() or any(rule(self, place) for place in places for rule in RULES)

    @staticmethod
    def _is_value(token: Token) -> bool:
        return token.kind in LITERALS or token.text == "NULL"

    def follows_value(self, place: int) -> bool:
        """Whether the value that the text stands in for ends right before `place`."""
        return self.after_value > 0 and place == self.after_value

    @property
    def is_cut(self) -> bool:
        """Whether the text ends in a comment."""
        return bool(self.reader.tokens) and self.reader.tokens[-1].kind == "comment"

    def cuts_the_rest_off(self) -> bool:
        """`admin'--`, `x');--`: the value ends and a comment swallows the rest of the statement."""
        reader, place = self.reader, self.after_value
        last = reader.at(place)
        if last.kind == ";":
            last = reader.at(place + 1)
            parted = True
        else:
            parted = place > 1
        if last.kind != "comment" or not (self.broken or (parted and place)):
            return False
        if last.text.startswith("#") and last.spaced and not parted:
            return not last.text.strip("# ")
        return not last.spaced or parted or bool(EMPTY_BODY.fullmatch(last.text))

    def condition(self, place: int) -> bool:
        """`or 1=1`, `and id=3`, `or true`: a condition is joined to the surrounding one."""
        reader = self.reader
        if not reader.is_operator(place, BOOLEANS):
            return False
        start = reader.opened(place + 1)
        compared = reader.comparison(place + 1) or reader.comparison(start)
        joined = self.follows_value(place)
        if compared:
            after, left, right = compared
            if not reader.ends_clause(after):
                return False
            if NAME not in (left, right):
                return True
            return joined and ((left, right) != (NAME, NAME) or reader.same_operands(start) or self.is_cut)
        return joined and self._constant_condition(place, start)

    def _constant_condition(self, place: int, start: int) -> bool:
        reader = self.reader
        operand = reader.operand(start)
        if operand is None or not reader.ends_clause(operand[0]):
            return False
        token, before = reader.at(start), reader.at(place - 1)
        if operand[1] == CALL or token.text in ("TRUE", "FALSE") or reader.at(operand[0] - 1).kind == ")":
            return operand[1] != NAME
        if operand[1] != VALUE:
            return False
        if self.broken:
            is_last = operand[0] == len(reader.tokens)
            return (
                self.is_cut or (token.kind == "string" and not token.closed and is_last) or token.text == "1"
            )
        return token.kind == "number" and (before.text == token.text or reader.words(start - 1, "NOT"))

    def union(self, place: int) -> bool:
        """`union select`: a second query is joined."""
        reader = self.reader
        if not reader.words(place, "UNION"):
            return False
        start = place + 1
        while reader.at(start).text in ("ALL", "DISTINCT", "DISTINCTROW", "(", "+"):
            start += 1
        if reader.words(start, "VALUES") and reader.at(start + 1).kind in ("(", "word"):
            return True
        if not reader.words(start, "SELECT"):
            return False
        if self.follows_value(place) or reader.selection(start) or self.is_cut:
            return True
        return reader.at(start + 1).kind not in ("word", "end", "other") and reader.ends_clause(start + 2)

    def second_statement(self, place: int) -> bool:
        """`; drop table t`: a second statement follows."""
        reader = self.reader
        if reader.at(place).kind != ";":
            return False
        joined = self.follows_value(place) or place == 0
        return reader.statement(place + 1) or (joined and self._short_statement(place + 1))

    def _short_statement(self, place: int) -> bool:
        reader = self.reader
        if reader.words(place, "SHUTDOWN"):
            return reader.ends_clause(place + 1)
        if reader.words(place, "DELETE", "FROM"):
            return reader.at(place + 2).kind == "word" and reader.ends_clause(place + 3)
        if reader.words(place, "TRUNCATE") or reader.words(place, "USE"):
            return reader.at(place + 1).kind == "word" and reader.ends_clause(place + 2)
        return reader.at(place).text in (
            "IF",
            "BEGIN",
            "WHILE",
            "BACKUP",
            "PRAGMA",
            "MERGE",
            "DO",
            "HANDLER",
            "VACUUM",
        )

    def whole_statement(self, place: int) -> bool:
        """The text is a statement by itself, or one is glued behind the value."""
        if place not in (0, self.after_value):
            return False
        reader = self.reader
        if reader.words(place, "SELECT"):
            return self._telling_selection(place)
        return reader.statement(place)

    def _telling_selection(self, place: int) -> bool:
        reader = self.reader
        if not reader.selection(place):
            return False
        sources = [at for at in range(place, len(reader.tokens)) if reader.words(at, "FROM")]
        if any(reader.at(at + 1).text.startswith(SENSITIVE_TABLES) for at in sources):
            return True
        told = any(
            token.kind == "," or token.text == "*" or "." in token.text for token in reader.tokens[place:]
        )
        ruled = any(
            reader.words(at, "WHERE") and reader.comparison(at + 1) for at in range(place, len(reader.tokens))
        )
        return bool(sources) and (told or ruled or self.is_cut or reader.tokens[-1].kind == ";")

    def subquery(self, place: int) -> bool:
        """`(select ...)`."""
        reader = self.reader
        return (
            reader.at(place).kind == "(" and reader.words(place + 1, "SELECT") and reader.selection(place + 1)
        )

    def harmful_call(self, place: int) -> bool:
        """`sleep(5)`, `load_file('...')`, `waitfor delay '...'`, `into outfile '...'`, `@@version`."""
        reader, token = self.reader, self.reader.at(place)
        if token.kind == "variable":
            return token.text.startswith("@@") and token.text.strip("@.").split(".")[-1] in SERVER_VARIABLES
        if token.kind != "word":
            return False
        if token.text in HARMFUL_CALLS and reader.at(place + 1).kind == "(":
            argument = reader.operand(place + 2)
            return (
                argument is not None
                and argument[1] != NAME
                and reader.at(argument[0]).kind in (")", ",", "end", "comment", "string")
                # The one that takes two arguments is a word of reports as well: "Benchmark (2025)".
                and not (token.text == "BENCHMARK" and reader.at(argument[0]).kind == ")")
            )
        if token.text in ("OUTFILE", "DUMPFILE"):
            return reader.words(place - 1, "INTO") and reader.at(place + 1).kind == "string"
        if token.text == "WAITFOR":
            return reader.statement(place)
        return (
            token.text == "PROCEDURE"
            and reader.words(place + 1, "ANALYSE")
            and reader.at(place + 2).kind == "("
        )

    def choice(self, place: int) -> bool:
        """`case when 1=1 then`, `if(1=1, a, b)`."""
        reader = self.reader
        if not self.broken and reader.at(0).text == "=":
            return False  # a spreadsheet's formula, where IF is a plain function
        if reader.words(place, "WHEN"):
            compared = reader.comparison(reader.opened(place + 1))
            return compared is not None and reader.words(reader.closed(compared[0]), "THEN")
        if reader.at(place).text not in ("IF", "IIF") or reader.at(place + 1).kind != "(":
            return False
        compared = reader.comparison(reader.opened(place + 2))
        if compared is None or reader.at(reader.closed(compared[0])).kind != ",":
            return False
        second = reader.operand(reader.closed(compared[0]) + 1)
        return second is not None and reader.at(second[0]).kind == ","

    def tail_clause(self, place: int) -> bool:
        """`1 order by 9--`, `' group by x having 1=1`, `1 limit 0 into @a`: clauses behind the value."""
        reader = self.reader
        if not self.follows_value(place):
            return False
        if reader.words(place, "ORDER", "BY") or reader.words(place, "GROUP", "BY"):
            operand = reader.operand(place + 2)
            if operand is None:
                return False
            numbered = reader.at(place + 2).kind in ("number", "(")
            goes_on = reader.at(operand[0]).kind == "," or reader.words(operand[0], "HAVING")
            return reader.ends_clause(operand[0]) and (
                numbered or goes_on or self.is_cut or operand[1] == CALL
            )
        if reader.words(place, "HAVING"):
            return reader.comparison(reader.opened(place + 1)) is not None
        if reader.words(place, "LIMIT"):
            return reader.at(place + 1).kind == "number" and (self.is_cut or self.broken)
        return False

    def broken_operation(self, place: int) -> bool:
        """`'='`, `'||'a'='a`, `' like '%`, `'=0--`: the value becomes one side of an operation."""
        reader = self.reader
        if not self.broken or not self.follows_value(place):
            return False
        compared = reader.is_operator(place, COMPARISONS) or reader.words(place, "NOT")
        if not compared and not reader.is_operator(place, ARITHMETIC):
            return False
        whole = reader.comparison(place - 1)
        if compared:
            if whole is None or NAME in whole[1:]:
                return False
            after = whole[0]
        else:
            operand = reader.operand(place + 1)
            if operand is None or operand[1] == NAME:
                return False
            if operand[1] == CALL:
                return True
            after = (whole or operand)[0]
        last = reader.tokens[-1]
        final = reader.at(after - 1) == last and last.kind == "string" and not last.closed
        goes_on = compared and reader.is_operator(after, BOOLEANS)
        return final or goes_on or (reader.at(after).kind == "comment" and self.is_cut)


SERVER_VARIABLES = frozenset(
    "VERSION HOSTNAME DATADIR BASEDIR SERVERNAME SERVICENAME LANGUAGE SPID TMPDIR VERSION_COMPILE_OS".split()  # noqa: SIM905 - words
)

RULES: tuple[Callable[[_Value, int], bool], ...] = (
    _Value.condition,
    _Value.union,
    _Value.second_statement,
    _Value.whole_statement,
    _Value.subquery,
    _Value.harmful_call,
    _Value.choice,
    _Value.tail_clause,
    _Value.broken_operation,
)
