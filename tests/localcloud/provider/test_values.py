from __future__ import annotations

from typing import Any

from google.protobuf import json_format, struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from localcloud.provider.redaction import redacted
from localcloud.provider.values import (
    SECRET,
    SIGNATURE,
    UNKNOWN,
    Properties,
    contains_unknown,
    decode,
    encode,
)

VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_plain_values_survive_the_wire(values: dict[str, object]) -> None:
    assert decode(encode(values)) == Properties(values)


def wire(values: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def test_a_secret_anywhere_marks_its_top_level_property() -> None:
    secret = {SIGNATURE: SECRET, "value": "swordfish"}
    properties = decode(wire({"tags": {"word": secret}, "name": "n", "list": [{"inner": secret}]}))
    assert properties.values == {"tags": {"word": "swordfish"}, "name": "n", "list": [{"inner": "swordfish"}]}
    assert properties.secrets == {"tags", "list"}


def test_secrets_are_wrapped_on_the_way_out() -> None:
    struct = encode({"word": "swordfish", "name": "n", "none": None}, frozenset({"word"}))
    written = json_format.MessageToDict(struct)
    assert written == {"word": {SIGNATURE: SECRET, "value": "swordfish"}, "name": "n"}


def test_whole_numbers_are_integers_and_others_are_not() -> None:
    assert decode(wire({"a": 3.0, "b": 3.5})).values == {"a": 3, "b": 3.5}
    assert isinstance(decode(wire({"a": 3.0})).values["a"], int)


def test_unknown_values_are_found_at_any_depth() -> None:
    assert contains_unknown({"a": [{"b": UNKNOWN}]})
    assert not contains_unknown({"a": [{"b": "known"}]})


def test_secrets_are_taken_out_of_messages() -> None:
    properties = Properties({"tags": {"word": "swordfish"}, "name": "visible"}, frozenset({"tags"}))
    assert redacted("swordfish is no name, visible is", properties) == "[secret] is no name, visible is"
