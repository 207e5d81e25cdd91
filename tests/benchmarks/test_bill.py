"""Row 9: what is counted of a small day, and what is made of it by the price table."""

from __future__ import annotations

import io
from collections import Counter
from datetime import date

import pytest

from benchmarks import worlds
from benchmarks.bill import month, prices, usage
from tests.steps.chain import due, running

_DAY = date(2021, 6, 18)


def test_a_bill_is_amount_by_price_and_beyond_what_is_free() -> None:
    table = prices.load()
    lines = {name: amounts for name, *amounts in prices.bill({"sqs requests": 1_500_000.0}, table)}
    assert lines.pop("sqs requests") == pytest.approx([1_500_000.0, 0.6, 0.2])
    assert lines.keys() == table.prices.keys() - {"sqs requests"}
    assert all(amounts == [0.0, 0.0, 0.0] for amounts in lines.values())
    with pytest.raises(KeyError, match="no price for wishes"):
        list(prices.bill({"wishes": 1.0}, table))


def test_each_price_is_dated_and_from_a_page_of_awss() -> None:
    table = prices.load()
    date.fromisoformat(table.date)
    assert all(one.source.startswith("https://aws.amazon.com/") for one in table.prices.values())
    assert {name for name, one in table.prices.items() if not one.free} >= {"table writes", "bucket writes"}


def _taken(papers: int) -> usage.Amounts:
    with running(worlds.week(_DAY, 1, papers), settings={"X_BEARER_TOKEN": ""}) as chain:
        with usage.metered(chain) as amounts:
            chain.tick(due(_DAY))
        told = dict(amounts)
        with usage.lines_to(io.StringIO()):
            chain.tick(due(_DAY).replace(hour=9))
        assert dict(amounts) == told, "what comes after is not counted"
    return amounts


def test_what_a_day_takes_is_counted_by_sizes() -> None:
    few, many = _taken(80), _taken(180)
    # Each of 100 cold papers has more than 1 KB and no more than 2, and is written in a transaction.
    writes = many["table writes"] - few["table writes"]
    assert 400 <= writes < 440
    assert many["bucket writes"] == few["bucket writes"] > 20
    assert many["metrics"] == few["metrics"] == 0, "nothing is told while all is well"
    assert few["lambda requests"] == 1 + 2 + 1
    assert few["lambda time"] > few["lambda requests"] / 2, "cold starts are in it"


def test_an_alarm_is_billed_for_each_metric_that_goes_into_it() -> None:
    assert month._watched({"MetricName": "Errors"}) == 1
    math = {"Metrics": [{"Expression": "SUM(METRICS())"}, {"MetricStat": {}}, {"MetricStat": {}}]}
    assert month._watched(math) == 2


def test_a_metric_is_billed_by_the_hours_in_which_it_is_told() -> None:
    line = (
        '{"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Trouble"}]}]}, "run": "2021-06-18T%s:55:00Z"}'
    )
    text = "\n".join([line % "07", "another line", line % "08", line % "08"])
    assert usage._metric_hours(text) == {("Trouble", "2021-06-18T07"), ("Trouble", "2021-06-18T08")}


def test_a_stack_without_x_is_watched_by_two_alarms() -> None:
    standing = month._standing(0.0, 0.0, Counter())
    assert standing["alarms"] == 2
