"""What is asked of the local run is checked before anything is begun, and what is wrong is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from infra.local import usage
from infra.local.usage import UsageError

NOW = datetime(2021, 6, 19, 7, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "2021-6-18", "18.6.2021", "2021-02-30", "20210618", "2021-W24-5", "today", "2021-06-18T00:00"],
)
def test_what_is_no_date_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="is not a date") as raised:
        usage.day(text)
    assert repr(text) in str(raised.value)


def test_a_date() -> None:
    assert usage.day("2021-06-18") == date(2021, 6, 18)


@pytest.mark.parametrize(
    "text",
    ["2021-06-19T07:55:00Z", "2021-06-19T07:55:00", "2021-06-19T09:55:00.7+02:00", "2021-06-19 07:55:00"],
)
def test_a_time_is_in_utc_unless_it_says_else(text: str) -> None:
    assert usage.moment(text) == NOW
    assert usage.moment(text).tzinfo == UTC


def test_a_date_as_a_time_is_its_midnight() -> None:
    assert usage.moment("2021-06-19") == datetime(2021, 6, 19, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "now", "25:00", "2021-06-19T25:00:00Z"])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time"):
        usage.moment(text)


@pytest.mark.parametrize(
    ("one", "first", "last", "expected"),
    [
        (None, None, None, None),
        ("2021-06-18", None, None, (date(2021, 6, 18), date(2021, 6, 18))),
        (None, "2021-06-17", "2021-06-19", (date(2021, 6, 17), date(2021, 6, 19))),
    ],
)
def test_the_days_asked_for(
    one: str | None, first: str | None, last: str | None, expected: tuple[date, date] | None
) -> None:
    assert usage.days(one, first, last, NOW) == expected


@pytest.mark.parametrize(
    ("one", "first", "last", "named"),
    [
        ("2021-06-18", "2021-06-18", None, "--date and --from/--to"),
        ("2021-06-18", None, "2021-06-18", "--date and --from/--to"),
        (None, "2021-06-18", None, "--from and --to"),
        (None, None, "2021-06-18", "--from and --to"),
        (None, "2021-06-18", "2021-06-17", "2021-06-17 is before --from 2021-06-18"),
        ("2021-06-20", None, None, "2021-06-20 is in the future"),
        (None, "2021-06-18", "2021-06-20", "2021-06-20 is in the future"),
        ("1991-08-13", None, None, "1991"),
        ("x", None, None, "'x'"),
        ("", None, None, "''"),
        (None, "", "", "''"),
        (None, "", None, "--from and --to"),
    ],
)
def test_days_that_make_no_sense(one: str | None, first: str | None, last: str | None, named: str) -> None:
    with pytest.raises(UsageError) as raised:
        usage.days(one, first, last, NOW)
    assert named in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATEGORIES", "cs.XX"),
        ("X_POSTS_PER_RUN", "lots"),
        ("X_POSTS_PER_RUN", "-1"),
        ("MEASURE_HOUR_UTC", "24"),
        ("SITE_URL", "example.org"),
        ("SITE_TITLE", "two\nlines"),
        ("X_WEIGHT", "NaN"),
        ("X_WEIGHT", "inf"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name) as raised:
        usage.checked_settings({name: value})
    assert "\n" not in str(raised.value)


def test_a_folder_is_made(tmp_path: Path) -> None:
    assert usage.folder(str(tmp_path / "a" / "b")) == (tmp_path / "a" / "b").resolve()
    assert list((tmp_path / "a" / "b").iterdir()) == [], "nothing is left of trying"


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for text in (str(tmp_path / "file"), str(tmp_path / "file" / "below")):
        with pytest.raises(UsageError, match="cannot be written to") as raised:
            usage.folder(text)
        assert text in str(raised.value)


def test_a_folder_that_may_not_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # Rights alone would not do: root, as whom tests may run, writes anywhere.
    monkeypatch.setattr("tempfile.TemporaryFile", refused)
    with pytest.raises(UsageError, match="Permission denied"):
        usage.folder(str(tmp_path))


def test_when_a_day_may_be_published() -> None:
    assert usage.publishable_at(date(2021, 6, 18), 24) == datetime(2021, 6, 19, tzinfo=UTC)
