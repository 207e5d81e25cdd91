"""The accounts that are ignored: how a setting names them, and what X's search is told of them."""

from __future__ import annotations

import pytest

from functions.fetch.attention.x import LONGEST_QUERY, query
from shared import accounts, settings
from shared.accounts import AccountError, is_ignored, x_names
from shared.paper import Author


def test_entries_are_told_apart_by_commas_and_spaces() -> None:
    found = accounts.parse("x:arxiv_daily, bluesky:bot.example.com\nhackernews:@Poster  x:1234,")
    assert found == {"x:arxiv_daily", "bluesky:bot.example.com", "hackernews:poster", "x:1234"}
    assert accounts.parse("  ") == frozenset()


def test_a_name_alone_is_meant_everywhere_and_a_did_on_bluesky() -> None:
    assert accounts.parse("@Bot") == {"x:bot", "bluesky:bot", "hackernews:bot"}
    assert accounts.parse("did:plc:abc123") == {"bluesky:did:plc:abc123"}
    assert accounts.parse("bluesky:did:plc:abc123") == {"bluesky:did:plc:abc123"}


@pytest.mark.parametrize("text", ["reddit:bot", "x:", "x:two words:", "<b>", "x:a/b", "x:'a", "@", 'x:a"b'])
def test_what_is_no_account_is_named(text: str) -> None:
    with pytest.raises(AccountError) as error:
        accounts.parse(text)
    assert any(part and part in str(error.value) for part in text.split())
    with pytest.raises(settings.SettingError, match="IGNORED_ACCOUNTS"):
        settings.parse({"IGNORED_ACCOUNTS": text})


def test_an_account_is_found_by_id_and_by_name_in_any_case() -> None:
    ignored = accounts.parse("x:Bot_X bluesky:did:plc:abc")
    assert is_ignored("x", Author(id="1", username="bot_x"), ignored)
    assert is_ignored("bluesky", Author(id="did:plc:abc", username="a.example"), ignored)
    assert not is_ignored("bluesky", Author(id="did:plc:abcd", username="bot_x"), ignored)
    assert not is_ignored("x", Author(id="", username=""), ignored)


def test_names_are_kept_out_of_the_search_and_ids_are_not_asked_about() -> None:
    ignored = accounts.parse("x:zed, x:alpha, x:1234, bluesky:handle.example, hackernews:hn")
    assert x_names(ignored) == ["alpha", "zed"]
    assert query(10, ignored).endswith(" -from:alpha -from:zed")


def test_as_many_names_as_the_search_has_room_for() -> None:
    names = [f"x:account_num{number}" for number in range(10)]
    assert len(query(1_000_000, accounts.parse(",".join(names)))) <= LONGEST_QUERY
    with pytest.raises(AccountError, match="numeric ids"):
        accounts.parse(",".join(f"x:account_num{number}" for number in range(100, 112)))
    assert len(accounts.parse(",".join(f"x:{number}" for number in range(500)))) == 500
