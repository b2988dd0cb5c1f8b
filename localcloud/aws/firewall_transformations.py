"""The text transformations of AWS WAF.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html
"""

import base64
import binascii
import hashlib
import html
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from urllib.parse import unquote

WIDE = 0xFF00  # full-width forms of ASCII lie this far up, 0x20 shifted


def _url_decoded(text: str) -> str:
    return unquote(text, encoding="utf-8", errors="surrogateescape")


def _unicode_url_decoded(text: str) -> str:
    return _url_decoded(
        re.sub(r"%[uU]([0-9a-fA-F]{4})", lambda match: _narrow(int(match.group(1), 16)), text)
    )


def _narrow(code: int) -> str:
    return chr(code - WIDE + 0x20) if WIDE < code < WIDE + 0x5F else chr(code)


def _base64_decoded(text: str) -> str:
    return _base64(re.sub(r"[^A-Za-z0-9+/]", "", text), strict=False, otherwise=text)


def _strictly_base64_decoded(text: str) -> str:
    return _base64(text, strict=True, otherwise=text)


def _base64(text: str, *, strict: bool, otherwise: str) -> str:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    try:
        return base64.b64decode(padded, validate=strict).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return otherwise


def _hex_decoded(text: str) -> str:
    try:
        return bytes.fromhex(text).decode("utf-8", "replace")
    except ValueError:
        return text


def _sql_hex_decoded(text: str) -> str:
    return re.sub(r"0[xX]((?:[0-9a-fA-F]{2})+)", lambda match: _hex_decoded(match.group(1)), text)


def _css_decoded(text: str) -> str:
    decoded = re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda match: _character(match.group(1), 16), text)
    return re.sub(r"\\(?=[^\n])", "", decoded)


_SIMPLE_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def _script_decoded(text: str) -> str:
    decoded = re.sub(
        r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})|\\([0-7]{1,3})",
        lambda match: (
            _character(match.group(3), 8)
            if match.group(3)
            else _character(match.group(1) or match.group(2), 16)
        ),
        text,
    )
    return re.sub(r"\\(.)", lambda match: _SIMPLE_ESCAPES.get(match.group(1), match.group(1)), decoded)


def _character(digits: str, base: int) -> str:
    code = int(digits, base)
    return _narrow(code) if code <= 0x10FFFF else ""  # noqa: PLR2004 - the last code point of Unicode


def _command_line(text: str) -> str:
    # https://docs.aws.amazon.com/waf/latest/APIReference/API_TextTransformation.html, CMD_LINE
    text = re.sub(r"[\\\"'^]", "", text)
    text = re.sub(r"\s+(?=[/(])", "", text)
    return re.sub(r"\s+", " ", re.sub(r"[,;]", " ", text)).lower()


def _path(text: str) -> str:
    normal = posixpath.normpath(re.sub(r"/+", "/", text)) if text else text
    return normal + "/" if text.endswith("/") and normal != "/" else normal


def _utf8_to_unicode(text: str) -> str:
    return "".join(character if character.isascii() else f"%u{ord(character):04x}" for character in text)


TRANSFORMATIONS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "NONE": str,
        "LOWERCASE": str.lower,
        "URL_DECODE": _url_decoded,
        "URL_DECODE_UNI": _unicode_url_decoded,
        "HTML_ENTITY_DECODE": html.unescape,
        "COMPRESS_WHITE_SPACE": lambda text: re.sub(r"[\s\xa0]+", " ", text),
        "CMD_LINE": _command_line,
        "BASE64_DECODE": _strictly_base64_decoded,
        "BASE64_DECODE_EXT": _base64_decoded,
        "HEX_DECODE": _hex_decoded,
        "SQL_HEX_DECODE": _sql_hex_decoded,
        "MD5": lambda text: hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        "REPLACE_COMMENTS": lambda text: re.sub(r"/\*.*?(?:\*/|\Z)", " ", text, flags=re.DOTALL),
        "ESCAPE_SEQ_DECODE": _script_decoded,
        "JS_DECODE": _script_decoded,
        "CSS_DECODE": _css_decoded,
        "NORMALIZE_PATH": _path,
        "NORMALIZE_PATH_WIN": lambda text: _path(text.replace("\\", "/")),
        "REMOVE_NULLS": lambda text: text.replace("\x00", ""),
        "REPLACE_NULLS": lambda text: text.replace("\x00", " "),
        "UTF8_TO_UNICODE": _utf8_to_unicode,
    }
)


def transformed(text: str, transformations: Sequence[Mapping[str, object]]) -> str:
    """`text` after the transformations of a rule, in the order of their priorities.

    Args:
        text: what was taken from the request.
        transformations: AWS's `TextTransformations`.

    Raises:
        KeyError: a transformation's type is none of AWS's.
    """
    for entry in sorted(transformations, key=lambda entry: int(str(entry.get("Priority", 0)))):
        text = TRANSFORMATIONS[str(entry["Type"])](text)
    return text


def revealed(text: str) -> list[str]:
    """`text` and what is left of it under up to two further layers of URL and HTML-entity encoding."""
    layers = [text]
    for _ in range(2):
        decoded = html.unescape(_unicode_url_decoded(layers[-1]))
        if decoded == layers[-1]:
            break
        layers.append(decoded)
    return layers
