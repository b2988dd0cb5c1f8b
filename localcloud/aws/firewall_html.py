"""Finds script injections: reads a value as HTML in each place of a page and looks for what would run."""

# ruff: noqa: SIM905 - word lists read better without quotes

import html
import re
from collections.abc import Iterator

# Elements that run, load or restyle something just by being there.
ACTIVE_ELEMENTS = frozenset(
    """script iframe frame frameset object embed applet base meta link style svg math xml template
    portal isindex bgsound layer ilayer noscript xss import foreignobject animate set handler listener
    form""".split()
)
# Closing these leaves a context in which the rest would be mere text.
TEXT_ELEMENTS = frozenset(("script", "style", "textarea", "title", "noscript", "xmp", "noembed"))
ADDRESS_ATTRIBUTES = frozenset(
    """href src action formaction data poster background dynsrc lowsrc cite codebase code classid longdesc
    manifest profile usemap xlink:href to from values ping srcset""".split()
)
ACTIVE_ATTRIBUTES = frozenset(("srcdoc", "fscommand", "seeksegmenttime", "datasrc", "dataformatas"))
EVENT = re.compile(
    r"on(?:abort|activate|after\w+|animation\w+|auxclick|before\w+|begin|blur|bounce|cancel|canplay\w*|cellchange"
    r"|change|click|close|contentvisibilityautostatechange|contextmenu|copy|cuechange|cut|dblclick|deactivate"
    r"|drag\w*|drop|durationchange|emptied|end|ended|error\w*|filterchange|finish|focus\w*|formdata|fullscreen\w*"
    r"|gesture\w*|gotpointercapture|hashchange|help|input|invalid|key\w+|languagechange|load\w*|lostpointercapture"
    r"|message\w*|mouse\w+|move\w*|mozfullscreen\w*|offline|online|pagehide|pagereveal|pageshow|pageswap|paste|pause"
    r"|play\w*|pointer\w+|popstate|progress|propertychange|ratechange|readystatechange|rejectionhandled|repeat|reset"
    r"|resize\w*|row\w+|scroll\w*|search|securitypolicyviolation|seek\w+|select\w*|show|slotchange|stalled|start"
    r"|storage|submit|suspend|timeupdate|toggle|touch\w+|transition\w+|unhandledrejection|unload|volumechange"
    r"|waiting|webkit\w+|wheel|zoom)"
)
TAG = re.compile(r"<\s*(/?)([A-Za-z][^\s/>\"'=<]*)")
ATTRIBUTE = re.compile(r"""[\s/"'`]*([^\s/>="'`<]+)(?:\s*=\s*("[^"]*"?|'[^']*'?|`[^`]*`?|[^\s>]*))?""")
# Letters of the scheme may be parted by the control characters that browsers ignore.
GAP = r"[\x00-\x20]*"
SCHEME = re.compile(
    GAP
    + "(?:"
    + "|".join(GAP.join(name) for name in ("javascript", "vbscript", "livescript", "jscript"))
    + f"){GAP}:"
)
ACTIVE_DATA = re.compile(
    r"[\x00-\x20]*data:[^,]*(?:html|xml|svg|script)[^,]*,|[\x00-\x20]*data:[^,]*;base64,"
)
CODE = re.compile(
    r"[(`=\[\]\\;]|\b(?:alert|confirm|prompt|eval|document|window|location|throw|import|top|self|parent)\b"
)
ACTIVE_STYLE = re.compile(
    r"expression\s*\(|-moz-binding|behavior\s*:|@import|javascript\s*:|url\s*\(\s*['\"]?\s*data:"
)
DECLARATION = re.compile(
    r"<!(?:\[CDATA\[|ENTITY|DOCTYPE[^>]*(?:\[|SYSTEM))|<\?(?:xml-stylesheet|import|php)|<!--\[if",
    re.IGNORECASE,
)
ADDED_ATTRIBUTE = re.compile(
    rf"""(?:^|[\s/"'`])(?:{EVENT.pattern}|srcdoc|style(?=[^(]{{0,200}}\())\s*=\s*(?P<value>"[^"]*|'[^']*|[^\s>]+)"""
)
CALLABLE = (
    r"(?:alert|confirm|prompt|eval|atob|fetch|import|print(?=\(\s*\))|Function|setTimeout|setInterval|constructor"
    r"|document\s?[.\[]\s?\w{1,40}|(?:window|self|top|location)\s?[.\[][^(]{0,60}"
    r"|XMLHttpRequest|String\.fromCharCode)"
)
SCRIPT_BREAK = re.compile(
    rf"""(?:['"`\\)}}\];]|\$\{{|\{{\{{)[\s;,)}}+\-*/|&^%?:=!~(]{{0,20}}(?:new\s+)?(?:\w{{1,40}}\s?=\s?)?{CALLABLE}
         (?:\(|`|\s+\(\s*(?:\d|document|location|['"`/]))
       | \b(?:document\.(?:cookie|domain|write|location)|window\.location|document\[)\s*[=(+\[)]
       | ['"]\s{{0,9}};\s{{0,9}}(?:var|let|const|location|window|document|throw)\b[^'"]{{0,80}}=
       | (?<!\w)(?:alert|confirm|prompt)\(\s*(?:\d+|document|location|['"`/][^)]*['"`/])\s*\)
       | (?<!\w)(?:alert|confirm|prompt)`""",
    re.VERBOSE,
)


def is_injection(text: str) -> bool:
    """Whether a page that shows `text`, in its text, an attribute or a script, would run a part of it.

    Args:
        text: one value of a request, decoded.
    """
    clean = text.replace("\x00", "")
    return (
        DECLARATION.search(clean) is not None
        or any(_is_active(closing, name, rest) for closing, name, rest in _tags(clean))
        or _is_active_address(clean)
        or _leaves_attribute(clean)
        or SCRIPT_BREAK.search(clean) is not None
    )


def _tags(text: str) -> Iterator[tuple[bool, str, str]]:
    for match in TAG.finditer(text):
        if match.group().startswith("<") and match.group()[1:2].isspace():
            continue  # browsers want the name right behind the sign
        end = text.find(">", match.end())
        # An attribute may hold the sign; what a browser would take is at least this much.
        yield bool(match.group(1)), match.group(2).lower(), text[match.end() : None if end < 0 else end + 400]


def _is_active(closing: bool, name: str, rest: str) -> bool:  # noqa: FBT001 - unpacked from a tuple
    local = name.rpartition(":")[2].rstrip("\x0b\x0c")
    if closing:
        return local in TEXT_ELEMENTS
    return local in ACTIVE_ELEMENTS or any(
        _is_active_attribute(key, value) for key, value in _attributes(rest)
    )


def _attributes(rest: str) -> Iterator[tuple[str, str]]:
    place = 0
    while match := ATTRIBUTE.match(rest, place):
        value = match.group(2) or ""
        yield match.group(1).lower(), html.unescape(value.strip("\"'`"))
        place = match.end()


def _is_active_attribute(name: str, value: str) -> bool:
    if not value.strip():
        return False
    if EVENT.fullmatch(name) or name in ACTIVE_ATTRIBUTES:
        return True
    if name == "style":
        return ACTIVE_STYLE.search(_style_text(value)) is not None
    return (name in ADDRESS_ATTRIBUTES or name.endswith(":href")) and _is_active_address(value)


def _style_text(value: str) -> str:
    unescaped = re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda match: _character(int(match.group(1), 16)), value)
    return re.sub(r"/\*.*?\*/|\\", "", unescaped, flags=re.DOTALL).lower()


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF else ""  # noqa: PLR2004 - the last code point of Unicode


def _is_active_address(value: str) -> bool:
    address = value.lower().lstrip("\"'`")
    scheme = SCHEME.match(address)
    if scheme:
        return CODE.search(address, scheme.end()) is not None
    return ACTIVE_DATA.match(address) is not None


def _leaves_attribute(text: str) -> bool:
    """`" onfocus=alert(1) x="`: the value ends its attribute and adds others."""
    return any(CODE.search(match.group("value")) for match in ADDED_ATTRIBUTE.finditer(text.lower()))
