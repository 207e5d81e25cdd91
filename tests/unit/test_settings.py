"""Settings: defaults that work, and malformed values that fail at once and by name."""

from __future__ import annotations

import msgspec
import pytest

from functions.fetch.attention import SOURCES
from shared import settings
from shared.settings import SettingError, Settings, parse


def test_without_any_variable_all_is_as_documented() -> None:
    configured = parse({})
    assert configured == Settings()
    assert configured.categories == "cs,stat.ML"
    assert (configured.paper_score_threshold, configured.mention_score_threshold) == (50, 25)
    assert (configured.measure_hour_utc, configured.publish_after_hours) == (7, 24)
    assert (configured.x_posts_per_run, configured.x_min_engagement) == (500, 10)
    assert configured.arxiv_oai_url == "https://oaipmh.arxiv.org/oai"


def test_a_setting_is_the_variable_of_its_name() -> None:
    configured = parse({"CATEGORIES": "math", "X_WEIGHT": "0.5", "X_POSTS_PER_RUN": "0", "OTHER": "x"})
    assert (configured.categories, configured.x_weight, configured.x_posts_per_run) == ("math", 0.5, 0)


def test_an_empty_variable_means_the_default() -> None:
    assert parse({"SITE_TITLE": "", "X_POSTS_PER_RUN": "", "X_BEARER_TOKEN": ""}) == Settings()


MALFORMED = [
    ("PAPER_SCORE_THRESHOLD", "many"),
    ("PAPER_SCORE_THRESHOLD", "-1"),
    ("MENTION_SCORE_THRESHOLD", "2.5"),
    ("MEASURE_HOUR_UTC", "24"),
    ("RUN_DEADLINE_MINUTES", "0"),
    ("KEEP_COLD_DAYS", "0"),
    ("X_SWEEP_HOURS", "168"),
    ("X_SWEEP_HOURS", "0"),
    ("X_POSTS_PER_RUN", "true"),
    ("X_WEIGHT", "-0.5"),
    ("X_WEIGHT", "nan"),
    ("HACKERNEWS_WEIGHT", "heavy"),
    ("ARXIV_OAI_URL", "oaipmh.arxiv.org/oai"),
    ("ARXIV_API_URL", "ftp://export.arxiv.org"),
    ("X_API_URL", "https://api.x.com/2 2"),
    ("SITE_TITLE", "two\nlines"),
    ("CONTACT", "me\r\nX-Evil: 1"),
    ("X_BEARER_TOKEN", "tok\nen"),
    ("CATEGORIES", "cs,cs.XX"),
    ("CATEGORIES", ","),
]


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_a_malformed_value_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}="):
        parse({name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("SITE_TITLE", "Hot\n"), ("SITE_URL", "https://a.example\n"), ("CONTACT", "me@x\n")]
)
def test_a_line_break_at_the_end_is_one_too(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name}="):
        parse({name: value})


def test_a_weight_is_a_number_that_can_be_summed_and_stored() -> None:
    with pytest.raises(SettingError, match=r"^X_WEIGHT="):
        parse({"X_WEIGHT": "inf"})


def test_an_unknown_category_is_named_within_its_setting() -> None:
    with pytest.raises(SettingError, match=r"^CATEGORIES='cs,nonsense': .*'nonsense'"):
        parse({"CATEGORIES": "cs,nonsense"})


def test_a_missing_setting_is_named_when_it_is_needed() -> None:
    with pytest.raises(SettingError, match="TABLE_NAME"):
        parse({}).require("table_name")
    assert parse({"TABLE_NAME": "papers"}).require("table_name") == "papers"


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_TITLE", "First")
    assert settings.get().site_title == "First"
    monkeypatch.setenv("SITE_TITLE", "Second")
    assert settings.get().site_title == "First"


def test_every_source_has_a_weight() -> None:
    weights = {
        "X_WEIGHT": "2",
        "BLUESKY_WEIGHT": "1.5",
        "HACKERNEWS_WEIGHT": "3",
        "HUGGINGFACE_WEIGHT": "4",
    }
    assert parse(weights).rules.weights == {"x": 2, "bluesky": 1.5, "hackernews": 3, "huggingface": 4}
    assert Settings().rules.weights.keys() == {name for name, _ in SOURCES}


def test_the_service_says_who_calls() -> None:
    assert parse({"CONTACT": "me@a.example"}).user_agent == f"hot-papers/{settings.VERSION} (me@a.example)"
    assert "https://b.example" in parse({"SITE_URL": "https://b.example"}).user_agent


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Settings().x_weight = 2.0  # type: ignore[misc]
    assert all(field.name == field.encode_name.lower() for field in msgspec.structs.fields(Settings))


def test_a_secret_is_not_told_even_when_it_is_malformed() -> None:
    with pytest.raises(SettingError) as raised:
        parse({"X_BEARER_TOKEN": "very\x07secret"})
    assert "X_BEARER_TOKEN" in str(raised.value)
    assert "secret" not in str(raised.value)
    assert parse({"X_BEARER_TOKEN": "from-a-file\n"}).x_bearer_token == "from-a-file"


def test_an_address_has_a_host_and_no_slash_at_its_end() -> None:
    assert parse({"X_API_URL": "https://x.example/2/"}).x_api_url == "https://x.example/2"
    for address in ("http://[::1", "https://", "http://host:port/"):
        with pytest.raises(SettingError, match="HACKERNEWS_URL"):
            parse({"HACKERNEWS_URL": address})
