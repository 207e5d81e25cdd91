"""The state of each day: one of five, with its reason."""

from __future__ import annotations

import pytest

from tests.unit.status import (
    DOWN,
    FRIDAY,
    LATER,
    MEASURED,
    OFF,
    SATURDAY,
    announcement,
    days,
    post,
    reasons,
    run,
    told,
)

DAY = "2021-06-18"


# --- which days --------------------------------------------------------------------------------------


def test_every_day_of_the_last_two_weeks_is_told_newest_first() -> None:
    known = [announcement(f"2021-06-{day:02}") for day in range(18, 0, -1)]
    assert [line.date for line in told([run(SATURDAY)], known).days] == [
        f"2021-06-{day:02}" for day in range(19, 5, -1)
    ]


def test_days_are_told_from_the_oldest_announcement_on() -> None:
    assert list(days(told([run(SATURDAY)], [announcement("2021-06-17")]))) == [
        "2021-06-19",
        DAY,
        "2021-06-17",
    ]


def test_before_any_announcement_is_known_the_days_are_those_that_were_asked_for() -> None:
    assert told([run(SATURDAY)]).days == ()
    failed = told([run("2021-06-18T04:55:00Z", kind="list", awaited=("2021-06-17", DAY), failure="down")])
    assert days(failed) == {DAY: "failed", "2021-06-17": "failed"}
    assert told([run(SATURDAY, kind="date", awaited=("2020-01-06",), failure="down")]).days == ()


# --- without an announcement ---------------------------------------------------------------------------


def test_a_weekend_is_quiet() -> None:
    weekend = told([run("2021-06-20T07:55:00Z")], [announcement(DAY)], [post(DAY)])
    assert days(weekend) == {"2021-06-20": "quiet", "2021-06-19": "quiet", DAY: "published"}
    assert reasons(weekend)["2021-06-20"] == "weekend"


@pytest.mark.parametrize("at", ["2021-06-21T00:55:00Z", "2021-06-21T07:55:00Z"])
def test_a_working_day_waits_for_its_announcement(at: str) -> None:
    awaited = ("2021-06-21",) if at > "2021-06-21T03:45" else ()
    waiting = told([run(at, kind="list", awaited=awaited)], [announcement(DAY)], [post(DAY)])
    assert days(waiting)["2021-06-21"] == "waiting"
    assert reasons(waiting)["2021-06-21"] == "not announced yet"


def test_a_day_that_no_run_has_been_about_yet_waits() -> None:
    by_hand = told([run("2021-06-22T01:00:00Z", kind="date")], [announcement(DAY)], [post(DAY)])
    assert (days(by_hand)["2021-06-21"], reasons(by_hand)["2021-06-21"]) == ("waiting", "not looked for yet")


def test_a_day_that_runs_found_quiet_is_quiet() -> None:
    runs = [run(SATURDAY, quiet=(DAY,)), run(FRIDAY, awaited=(DAY,))]
    quiet = told(runs, [announcement("2021-06-17")], [post("2021-06-17")])
    assert (days(quiet)[DAY], reasons(quiet)[DAY]) == ("quiet", "no announcement")


def test_a_day_that_waits_is_quiet_after_the_next_announcement() -> None:
    runs = [run("2021-06-21T04:55:00Z", kind="date"), run(FRIDAY, awaited=(DAY,))]
    known = [announcement("2021-06-21"), announcement("2021-06-17")]
    assert (days(told(runs, known))[DAY], reasons(told(runs, known))[DAY]) == ("quiet", "no announcement")


def test_a_day_that_runs_forgot_about_is_quiet_and_one_that_none_was_about_says_so() -> None:
    known = [announcement(DAY), announcement("2021-06-15")]
    assert reasons(told([run(SATURDAY)], known))["2021-06-16"] == "no announcement"
    never = told([run(SATURDAY), run("2021-06-15T07:55:00Z", kind="date")], known)
    assert (days(never)["2021-06-16"], reasons(never)["2021-06-16"]) == ("quiet", "not looked for")


def test_a_failed_listing_turns_no_day_quiet_whatever_follows() -> None:
    failed = run("2021-06-19T04:55:00Z", kind="list", awaited=(DAY,), failure="HTTP 500")
    earlier = [failed, run(FRIDAY, awaited=(DAY,))]
    told_ = told(earlier, [announcement("2021-06-17")], [post("2021-06-17")])
    assert (days(told_)[DAY], reasons(told_)[DAY]) == ("failed", "HTTP 500")
    # Monday is listed by hand: Friday still is not.
    monday = run("2021-06-21T09:00:00Z", kind="date")
    after = told([monday, *earlier], [announcement("2021-06-21"), announcement("2021-06-17")])
    assert days(after)[DAY] == "failed"
    # The next listing that works finds out.
    works = run("2021-06-21T09:55:00Z", kind="list", awaited=(DAY,))
    assert days(told([works, *earlier], [announcement("2021-06-17")]))[DAY] == "waiting"


def test_a_day_that_was_quiet_is_not_failed_by_a_later_listing() -> None:
    failed = run("2021-06-20T04:55:00Z", kind="list", awaited=(DAY,), failure="HTTP 500")
    runs = [failed, run(SATURDAY, quiet=(DAY,))]
    assert days(told(runs, [announcement("2021-06-17")]))[DAY] == "quiet"


def test_an_announcement_that_comes_after_all_is_one() -> None:
    runs = [
        run("2021-06-20T10:55:00Z", kind="list", listed=(DAY,)),
        run("2021-06-20T07:55:00Z", sources={"x": MEASURED}, quiet=(DAY,)),
    ]
    late = told(runs, [announcement(DAY), announcement("2021-06-17")])
    assert days(late)[DAY] == "waiting"
    assert reasons(late)[DAY] == "listed; its post is due 2021-06-21 07:55 UTC"


# --- with an announcement ------------------------------------------------------------------------------


def test_a_day_that_is_published() -> None:
    (_, line) = told([run(SATURDAY)], [announcement(DAY)], [post(DAY, rows=2)]).days
    assert (line.status, line.listed, line.hot, line.reason) == ("published", 9, 2, "")


def test_a_day_that_is_partial_says_which_run_lacks_papers() -> None:
    partial = told([run(LATER)], [announcement(DAY)], [post(DAY, "partial", unfinished=(SATURDAY,))])
    assert (days(partial)[DAY], reasons(partial)[DAY]) == (
        "partial",
        f"papers of the run {SATURDAY} did not arrive",
    )


@pytest.mark.parametrize(
    ("settings", "due"),
    [
        ({}, "2021-06-19 07:55"),
        ({"MEASURE_HOUR_UTC": "0"}, "2021-06-19 00:55"),
        ({"PUBLISH_AFTER_HOURS": "0"}, "2021-06-18 07:55"),
        ({"PUBLISH_AFTER_HOURS": "8"}, "2021-06-19 07:55"),
        ({"PUBLISH_AFTER_HOURS": "48"}, "2021-06-20 07:55"),
    ],
)
def test_a_day_that_is_listed_waits_until_its_post_is_due(settings: dict[str, str], due: str) -> None:
    waiting = told([run("2021-06-18T04:55:00Z", kind="list")], [announcement(DAY)], settings=settings)
    assert days(waiting) == {DAY: "waiting"}
    assert reasons(waiting) == {DAY: f"listed; its post is due {due} UTC"}


def test_being_written_is_not_being_published() -> None:
    assert days(told([run(FRIDAY)], [announcement(DAY)], [post(DAY, "publishing")])) == {DAY: "waiting"}


def test_a_post_that_is_overdue_for_want_of_sources_is_failed_and_says_why() -> None:
    nothing = announcement(DAY, hackernews=DOWN, x=OFF)
    assert days(told([run(FRIDAY)], [nothing])) == {DAY: "waiting"}, "it is not due yet"
    overdue = told([run(SATURDAY)], [nothing])
    assert days(overdue)[DAY] == "failed"
    assert reasons(overdue)[DAY] == "no source could be measured (Hacker News: HTTP 500)"
    assert reasons(told([run(SATURDAY)], [announcement(DAY, x=OFF)]))[DAY] == "no source is on"


def test_a_post_whose_run_is_still_open_is_on_its_way() -> None:
    measured = announcement(DAY, x=MEASURED)
    told_ = told([run(SATURDAY, "open", ("2106.00001",), (DAY,))], [measured])
    assert (days(told_)[DAY], reasons(told_)[DAY]) == ("waiting", "listed; its post is on its way")


def test_a_post_that_was_due_while_the_service_was_off_comes_with_the_next_measuring() -> None:
    told_ = told([run("2021-06-21T03:55:00Z", kind="list")], [announcement(DAY)])
    assert (days(told_)[DAY], reasons(told_)[DAY]) == (
        "waiting",
        "listed; its post is due 2021-06-21 07:55 UTC",
    )


def test_a_post_that_the_run_could_not_make_is_failed() -> None:
    measured = announcement(DAY, x=MEASURED)
    ended = run(SATURDAY, days=(DAY,))
    just_now = told([run("2021-06-19T08:00:00Z", kind="date"), ended], [measured])
    assert days(just_now)[DAY] == "waiting", "it may be under way"
    failed = told([run(LATER, kind="list"), ended], [measured])
    assert (days(failed)[DAY], reasons(failed)[DAY]) == (
        "failed",
        f"its post could not be made by the run {SATURDAY}",
    )
