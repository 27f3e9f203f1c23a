"""What of the exchanges with channels may be kept: no key, however a message writes it."""

import pytest

from channels.adapters.masking import secrets_masked


@pytest.mark.parametrize(
    "text",
    [
        b'<Authentication password="a&amp;b&lt;&quot;c d"/>',
        b"password=a%26b%3C%22c+d",
        b"password=a%26b%3C%22c%20d",
        b'{"password": "a&b<\\"c d"}',
        b'a&b<"c d',
    ],
)
def test_a_secret_is_gone_however_it_is_written(text: bytes) -> None:
    kept = secrets_masked(text, ['a&b<"c d'])
    assert b"***" in kept
    assert b"c d" not in kept
    assert b"c+d" not in kept


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert secrets_masked(b"client_and_more", ["client", "client_and_more"]) == b"***"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (b'{"access_token": "abc", "expires_in": 3600}', b'{"access_token": "***", "expires_in": 3600}'),
        (b'{"refresh_token":"abc"}', b'{"refresh_token":"***"}'),
        (b"grant_type=authorization_code&code=abc&x=1", b"grant_type=authorization_code&code=***&x=1"),
        (b'<Error code="3210">', b'<Error code="3210">'),
    ],
)
def test_tokens_that_nobody_knew_before_are_gone(text: bytes, kept: bytes) -> None:
    assert secrets_masked(text, []) == kept
