"""The chain as it is scheduled, week in, week out: what is listed, measured and published when."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from infra.local import sample
from infra.local.filters import matches
from infra.local.standin import Fault, World, load
from infra.local.standin.world import Paper, Post
from shared import aws
from shared.paper import decode_message
from tests.steps.chain import (
    DAY,
    EVENTS,
    NOW,
    READERS,
    SCORES,
    SMALL,
    A,
    B,
    C,
    Chain,
    before,
    due,
    noon,
    paper,
    running,
    said,
)

HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = date(2021, 6, 14)
# The hours of a day at which something happens: a list is out, the attention is measured.
HOURS = (3, 7)


def weekdays(first: date, count: int) -> list[date]:
    return [day for number in range(count) if (day := first + timedelta(days=number)).weekday() < 5]


def week_of(first: date, count: int, *, holidays: tuple[date, ...] = ()) -> World:
    """A hot and a cold paper on each working day, talked about at noon."""
    papers: list[Paper] = list(before(first, 9000))
    posts: list[Post] = []
    for number, day in enumerate(weekdays(first, count)):
        if day not in holidays:
            hot, cold = paper(10000 + 100 * number, day), paper(10001 + 100 * number, day)
            papers += [hot, cold]
            posts.append(said(hot, 60, serial=number))
    return World(papers=tuple(papers), users=READERS, posts=tuple(posts))


def ticks(chain: Chain, start: datetime, end: datetime, hours: tuple[int, ...] = HOURS) -> list[Any]:
    """The ticks at some hours from `start` to before `end`: when, what was answered, what is published."""
    played = []
    moment = start.replace(minute=55)
    while moment < end:
        if moment.hour in hours:
            played.append((f"{moment:%d %H}", chain.tick(moment), chain.published()))
        moment += HOUR
    return played


def test_a_week_of_ticks() -> None:
    wednesday = MONDAY + 2 * ONE_DAY
    with running(week_of(wednesday, 7), noon(wednesday, 0)) as chain:
        played = ticks(chain, noon(wednesday, 0), noon(wednesday, 8))
        played += ticks(chain, noon(wednesday, 8), noon(wednesday, 26), (8, 12, 23, 0))
        played += ticks(chain, noon(wednesday, 26), noon(wednesday, 6 * 24 + 8))
        listed = {at: answer["listed"] for at, answer, _ in played if answer["listed"]}
        assert listed == {
            "16 03": ["2021-06-15", "2021-06-16"],
            "17 03": ["2021-06-17"],
            "18 03": ["2021-06-18"],
            "21 03": ["2021-06-21"],
            "22 03": ["2021-06-22"],
        }
        measured = [at for at, answer, _ in played if answer["kind"] == "measure"]
        assert measured == [f"{day} 07" for day in range(16, 23)]
        first_seen: dict[str, str] = {}
        for at, _, published in played:
            for day in published:
                first_seen.setdefault(day, at)
        assert first_seen == {
            "2021-06-15": "16 07",
            "2021-06-16": "17 07",
            "2021-06-17": "18 07",
            "2021-06-18": "19 07",
            "2021-06-21": "22 07",
        }
        assert "date: 2021-06-19T07:55:00Z\n" in chain.post(DAY)
        assert "(06/18/2021 07:55:00)" not in chain.post(DAY), "measured when people had talked"
        assert chain.ranking(DAY) == [("2106.10200", 60)]
        # The hourly ticks between are cheap: nobody is asked when nothing is awaited.
        quiet = [answer["requests"] for at, answer, _ in played if at[-2:] not in ("03", "07")]
        assert quiet == [{"arxiv": 0}] * 4


def test_a_stack_that_is_deployed_at_night_has_its_first_post_at_the_hour_of_measuring() -> None:
    with running(SMALL, noon(DAY + ONE_DAY, 2)) as chain:
        for hour in range(2, 7):
            chain.tick(noon(DAY + ONE_DAY, hour) + timedelta(minutes=55))
            assert chain.day_status()[str(DAY)] == "waiting"
            assert (chain.published(), "index.html" in chain.bucket()) == ([], False), hour
        chain.tick(due(DAY))
        assert (chain.published(), "index.html" in chain.bucket()) == ([str(DAY)], True)


def test_a_first_post_can_be_had_at_once() -> None:
    at_night = noon(DAY + ONE_DAY, 2)
    with running(SMALL, at_night) as chain:
        chain.order(at_night, measure=True)
        assert (chain.published(), "index.html" in chain.bucket()) == ([str(DAY)], True)


def test_an_announcement_that_is_late_is_picked_up_by_a_later_tick() -> None:
    world = week_of(MONDAY, 5)
    tuesday = MONDAY + ONE_DAY
    late = msgspec.structs.replace(world, papers=tuple(one for one in world.papers if one.listed < tuesday))
    with running(late, noon(MONDAY, 4)) as chain:
        chain.tick(noon(MONDAY, 7) + timedelta(minutes=55))
        for hour in (3, 7):
            assert chain.tick(noon(tuesday, hour) + timedelta(minutes=55))["awaited"] == [str(tuesday)]
            assert chain.day_status()[str(tuesday)] == "waiting"
        chain.standin.world = world
        assert chain.tick(noon(tuesday, 10) + timedelta(minutes=55))["listed"] == [str(tuesday)]
        assert chain.day_status()[str(tuesday)] == "waiting"
        assert chain.status()["days"][0]["reason"] == "listed; its post is due 2021-06-16 07:55 UTC"
        chain.tick(due(tuesday))
        assert chain.ranking(tuesday) == [("2106.10100", 60)]


@pytest.mark.parametrize("fails", [False, True])
def test_a_holiday_is_no_news_and_never_an_empty_post(fails: bool) -> None:
    wednesday = MONDAY + 2 * ONE_DAY
    with running(week_of(MONDAY, 5, holidays=(wednesday,)), noon(wednesday, -24)) as chain:
        chain.tick(noon(wednesday, -24 + 7) + timedelta(minutes=55))
        if fails:
            chain.standin.faults.append(Fault("oai", "500", match=f"until={wednesday}"))
        ticks(chain, noon(wednesday, 0), noon(wednesday + ONE_DAY, 0))
        assert chain.day_status()[str(wednesday)] in ("waiting", "quiet")
        ticks(chain, noon(wednesday + ONE_DAY, 0), noon(wednesday + 3 * ONE_DAY, 0))
        assert chain.day_status()[str(wednesday)] == "quiet"
        assert chain.published() == ["2021-06-14", "2021-06-15", "2021-06-17"]


@pytest.mark.parametrize("hour", [3, 7])
def test_days_missed_in_an_outage_are_caught_up(hour: int) -> None:
    world = week_of(MONDAY, 19)
    with running(world, noon(MONDAY, 4)) as chain:
        ticks(chain, noon(MONDAY, 7), noon(MONDAY + 3 * ONE_DAY, 0))
        # Nothing runs for ten days.
        back = noon(MONDAY + 13 * ONE_DAY, hour) + timedelta(minutes=55)
        missed = [str(day) for day in weekdays(MONDAY + 3 * ONE_DAY, 10)]
        assert chain.tick(back)["listed"] == missed
        ticks(chain, back + HOUR, back + ONE_DAY)
        assert set(missed) - set(chain.published()) == set()
        assert {chain.day_status()[day] for day in missed[-5:]} == {"published"}
        assert chain.ranking(MONDAY + 11 * ONE_DAY) == [("2106.10900", 60)]
        # Published by one run, they lead to each other all the same.
        published = chain.published()
        for older, newer in itertools.pairwise(published):
            assert f'<a rel="next" href="{newer}.html">' in chain.read(f"{older}.html"), older
            assert f'<a rel="prev" href="{older}.html">' in chain.read(f"{newer}.html"), newer


def test_living_days_side_by_side_are_each_looked_at_once_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    world = week_of(MONDAY, 4)
    with running(world, noon(MONDAY, 4)) as chain:
        ticks(chain, noon(MONDAY, 7), noon(MONDAY + 3 * ONE_DAY, 8))
        more = tuple(msgspec.structs.replace(one, reposts=one.reposts + 1) for one in world.posts)
        chain.standin.world = msgspec.structs.replace(world, posts=more)
        looked_at: Counter[str] = Counter()
        digest = aws.object_digest

        def noted(key: str) -> str | None:
            looked_at[key] += 1
            return digest(key)

        monkeypatch.setattr(aws, "object_digest", noted)
        # None of them is new, so that no link between them has changed.
        changed = chain.order(noon(MONDAY + 3 * ONE_DAY, 9), measure=True)["days"]
        assert changed == ["2021-06-14", "2021-06-15", "2021-06-16"]
        assert {key: looked_at[f"{key}.html"] for key in changed} == dict.fromkeys(changed, 1)


def test_a_measuring_tick_that_was_missed_is_made_up_for() -> None:
    with running(SMALL) as chain:
        chain.tick(NOW + 3 * HOUR)
        assert chain.ranking() == list(SCORES.items())


# --- living posts ------------------------------------------------------------------------------------


def test_a_living_post_follows_the_attention_until_it_is_seven_days_old() -> None:
    with running(SMALL) as chain:
        chain.tick(NOW)
        chain.standin.world = msgspec.structs.replace(
            SMALL,
            posts=(*SMALL.posts, said(B, 50, 10, at=noon(DAY, 30), by=READERS[1], serial=9)),
        )
        chain.tick(NOW + ONE_DAY)
        assert chain.ranking() == [(B.id, 150), (A.id, 107), (C.id, 71)]
        assert "date: 2021-06-19T07:55:00Z\n" in chain.post(), "published once"
        assert chain.post().count("(06/20/2021 07:55:00)") == 1, "one paper's numbers have changed"
        feed = chain.read("feed.xml")
        assert "<published>2021-06-19T07:55:00Z</published>" in feed
        assert "<updated>2021-06-20T07:55:00Z</updated>" in feed
        # The last measuring before it is seven days old, and the first one after.
        more = said(C, 500, at=noon(DAY, 6 * 24), by=READERS[2], serial=10)
        much = said(A, 900, at=noon(DAY, 7 * 24 + 2), by=READERS[2], serial=11)
        world = chain.standin.world
        chain.standin.world = msgspec.structs.replace(world, posts=(*world.posts, more, much))
        chain.tick(noon(DAY, 6 * 24 + 7) + timedelta(minutes=55))
        assert chain.ranking()[0] == (C.id, 571)
        final = chain.settled()
        chain.tick(noon(DAY, 7 * 24 + 7) + timedelta(minutes=55))
        assert chain.settled() == final


def test_a_paper_joins_and_leaves_with_its_mentions() -> None:
    few = msgspec.structs.replace(SMALL, posts=SMALL.posts[1:])
    with running(few) as chain:
        chain.tick(NOW)
        assert [one for one, _ in chain.ranking()] == [B.id, C.id]
        chain.standin.world = SMALL
        chain.tick(NOW + ONE_DAY)
        assert [one for one, _ in chain.ranking()] == [A.id, B.id, C.id]


@pytest.mark.parametrize("state", ["deleted", "protected"])
def test_a_mention_that_is_gone_is_dropped(state: str) -> None:
    both = said((A, B), 30, 30, words="Both of them.")
    world = msgspec.structs.replace(SMALL, posts=(both, *SMALL.posts[1:]))
    with running(world) as chain:
        chain.tick(NOW)
        assert chain.ranking() == [(B.id, 150), (C.id, 71), (A.id, 67)]
        gone = msgspec.structs.replace(both, state=state)
        chain.standin.world = msgspec.structs.replace(SMALL, posts=(gone, *SMALL.posts[1:]))
        chain.tick(NOW + ONE_DAY)
        assert chain.ranking() == [(B.id, 90), (C.id, 71)]
        assert both.id not in chain.post()
        assert both.id not in chain.read("index.html")


def test_a_post_with_characters_that_the_queue_refuses_costs_nothing() -> None:
    odd = said(A, 60, 40, words="No \ufffe character \uffff at all.")
    with running(msgspec.structs.replace(SMALL, posts=(odd, *SMALL.posts[1:]))) as chain:
        chain.tick(NOW)
        assert dict(chain.ranking()) == SCORES
        assert "No  character  at all." in chain.post()


def test_a_mention_out_of_the_window_keeps_its_last_counts() -> None:
    with running(SMALL) as chain:
        chain.tick(NOW)
        for day in (1, 2, 3):
            chain.tick(NOW + day * ONE_DAY)
        # Looking back 48 hours no longer reaches what was said on Friday; the shown are looked up by id.
        chain.standin.forget()
        chain.standin.world = msgspec.structs.replace(SMALL, posts=(said(A, 70, 41), *SMALL.posts[1:]))
        chain.tick(NOW + 4 * ONE_DAY)
        assert chain.ranking() == [(A.id, 118), (B.id, 90), (C.id, 71)]
        lookups = [one for one in chain.standin.requests_to("x") if one.path.endswith("/tweets")]
        assert len(lookups) == 1
        assert "expansions" not in lookups[0].params, "the authors are known, and would be billed"


def test_a_paper_replaced_on_the_next_day_stays_on_its_day() -> None:
    again = msgspec.structs.replace(
        A, datestamp=date(2021, 6, 21), versions=(*A.versions, noon(date(2021, 6, 20)))
    )
    monday = paper(10110, date(2021, 6, 21))
    with running(SMALL) as chain:
        chain.tick(NOW)
        papers = tuple(again if one is A else one for one in SMALL.papers)
        chain.standin.world = msgspec.structs.replace(SMALL, papers=(*papers, monday))
        chain.tick(due(monday.listed))
        assert chain.ranking()[0] == (A.id, 107)
        assert chain.ranking(monday.listed) == []
        assert chain.data(monday.listed)["listed"] == 1


# --- the events that start the functions -------------------------------------------------------------


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def test_the_sample_events_are_taken() -> None:
    with running(load(sample.WORLD), settings=sample.SETTINGS) as chain:
        call = chain.cloud.triggers.invoke
        for name, kind in (("schedule", "measure"), ("measure", "measure"), ("date", "date")):
            done = call("fetch", event(name))
            assert done.exception is None
            assert done.result["kind"] == kind
            assert done.result["run"].startswith("2021-06-19T07:55:00Z")
        papers = event("papers")
        done = call("score", papers)
        assert (done.exception, done.result) == (None, {"batchItemFailures": []})
        done = call("render", event("stream"))
        assert done.exception is None
        assert [one["run"] for one in done.result["published"]] == ["2021-06-19T07:55:00Z"]


def test_the_sample_events_have_the_forms_of_the_real_ones() -> None:
    for record in event("papers")["Records"]:
        assert decode_message(record["body"]).paper.listed == str(DAY)
        assert record["eventSource"] == "aws:sqs"
    with running(SMALL) as chain:
        chain.order(date=str(DAY))
        (stream,) = chain.cloud.stack.wiring.streams
        for record in event("stream")["Records"]:
            assert any(matches(pattern, record) for pattern in stream.patterns)
        schedule = chain.cloud.stack.wiring.schedule("fetch")
        assert event("schedule").keys() == json.loads(schedule.input).keys()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"date": "2021-06-18", "measure": True}, "measure"),
        ({"date": "18.6.2021"}, "18.6.2021"),
        ({"from": "2021-06-18"}, "from and to"),
        ({"from": "2021-06-18", "to": "2021-06-17"}, "before"),
        ({"date": "2021-06-21"}, "future"),
        ({"date": "2021-06-19"}, "Saturday"),
        ({"time": "2021-06-19 07:55"}, "time zone"),
        ({"day": "2021-06-18"}, "day"),
        ({"date": "2021-06-18", "x": True}, "x is about from and to"),
        ({"measure": True, "archive": "2021-06"}, "archive is about a date"),
        ({"from": "2021-06-17", "to": "2021-06-18", "archive": "2021-06"}, "archive is about a date"),
        ({"date": "2021-06-18", "archive": "June"}, "archive is a month, as 2021-06"),
        ({"date": "0001-01-01"}, "before arXiv's first day"),
        ({"from": "1991-08-13", "to": "2021-06-18"}, "before arXiv's first day"),
        ({"time": "0001-01-01T00:00:00+23:59"}, "years 1 to 9999"),
        ({"time": "1990-01-01T00:00:00Z"}, "before arXiv's"),
    ],
)
def test_an_event_that_names_nothing_to_do_is_refused(wrong: dict[str, Any], named: str) -> None:
    from functions.fetch.handler import OrderError, lambda_handler

    with pytest.raises(OrderError, match=named):
        lambda_handler({"time": "2021-06-19T07:55:00Z"} | wrong, None)
