"""Cuts a text into SQL tokens the way a database would read it behind or inside a quoted value."""

import re
from typing import NamedTuple


class Token(NamedTuple):
    """One piece of SQL.

    Attributes:
        kind: `string`, `number`, `word`, `variable`, `operator`, `comment`, or the sign itself for `( ) , ;`.
        text: as written; words and operators in upper case, strings without their quotes.
        closed: False for a string whose closing quote would come from the statement around the value.
        spaced: whether white space stands before it.
    """

    kind: str
    text: str
    closed: bool = True
    spaced: bool = False


_LEXEMES = r"""
  (?P<space>[\s\x00\xa0]+)
| (?P<hint>/\*!\d* | \*/)
| (?P<block>/\*.*?(?:\*/|\Z))
| (?P<line>(?:--|\#)[^\r\n]*)
| (?P<string>(?:\b[xXbBnNeE])?(?:{single}|{double}))
| (?P<number>0[xX][0-9a-fA-F]+ | 0[bB][01]+\b | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?
               (?:(?![^\W\d])|(?=(?i:union|or|and|order|group|having|into|limit|procedure)\b)))
| (?P<variable>@@?[\w$.]+)
| (?P<word>`[^`]*` | \[[A-Za-z_][\w ]*\] | \w[\w$]*(?:\.{{1,2}}[\w$]+)*)
| (?P<operator><=> | <> | != | >= | <= | == | \|\| | && | :: | := | [=<>!~^%*/+\-|&])
| (?P<sign>[(),;])
| (?P<other>.)
"""
_WITH_ESCAPES = _LEXEMES.format(
    single=r"'(?:\\.|''|[^'\\])*(?:'|\\?\Z)", double=r'"(?:\\.|""|[^"\\])*(?:"|\\?\Z)'
)
_WITHOUT_ESCAPES = _LEXEMES.format(single=r"'(?:''|[^'])*(?:'|\Z)", double=r'"(?:""|[^"])*(?:"|\Z)')
# MySQL reads a backslash before a quote as an escape, standard SQL does not.
_READERS = {
    True: re.compile(_WITH_ESCAPES, re.VERBOSE | re.DOTALL),
    False: re.compile(_WITHOUT_ESCAPES, re.VERBOSE | re.DOTALL),
}


def tokens_of(text: str, *, escapes: bool) -> list[Token]:
    """The tokens of `text`; of comments only the last thing in the text is kept.

    Args:
        text: SQL, or what may be some.
        escapes: whether a backslash escapes a quote.
    """
    tokens: list[Token] = []
    spaced = False
    for match in _READERS[escapes].finditer(text):
        group, value = str(match.lastgroup), match.group()
        if group == "space":
            spaced = True
            continue
        if group == "hint":  # MySQL executes what stands in /*! ... */
            continue
        if group in ("block", "line"):
            tokens.append(Token("comment", value, closed=value.endswith("*/"), spaced=spaced))
        elif group == "string":
            tokens.append(_string(value, spaced=spaced))
        elif group == "sign":
            tokens.append(Token(value, value, spaced=spaced))
        else:
            tokens.append(Token(group, value.upper().strip("`[]"), spaced=spaced))
        spaced = False
    return [
        token for index, token in enumerate(tokens) if token.kind != "comment" or index == len(tokens) - 1
    ]


def _string(value: str, *, spaced: bool) -> Token:
    body = value.lstrip("xXbBnNeE")
    quote = body[0]
    closed = len(body) > 1 and body.endswith(quote)
    return Token("string", body[1:-1] if closed else body[1:], closed=closed, spaced=spaced)
