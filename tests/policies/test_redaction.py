"""Secrets never reach a row, whatever they are nested in."""

from __future__ import annotations

import json

import pytest

from rota.policies.redaction import HIDDEN, redact

CANARY = "s3cr3t-canary"


@pytest.mark.parametrize(
    "name",
    ["password", "PASSWORD", "db_passwd", "client-secret", "api-key", "APIKEY", "x_api_key", "Authorization",
     "access_token", "session_id", "Cookie", "private_key", "aws_credentials"],
)  # fmt: skip
def test_a_secret_name_hides_its_value(name: str) -> None:
    assert redact({name: CANARY, "x": 1}, ()) == {name: HIDDEN, "x": 1}


def test_secrets_are_found_at_any_depth() -> None:
    value = {"a": [{"b": ({"token": CANARY},)}], "password": {"inner": CANARY}}
    assert CANARY not in json.dumps(redact(value, ()))


def test_plain_values_stay() -> None:
    value = {"days": 7, "names": ["a", "b"], "nothing": None, "passage": "of time"}
    assert redact(value, ()) == value


def test_a_project_names_more() -> None:
    assert redact({"patient_number": CANARY, "patient": "P"}, ["Patient-Number"]) == {
        "patient_number": HIDDEN,
        "patient": "P",
    }


def test_what_nests_too_deep_is_hidden_and_not_followed() -> None:
    value: object = CANARY
    for _ in range(50):
        value = {"x": [value]}
    assert CANARY not in json.dumps(redact(value, ()))
