"""X: posts again by their ids, who wrote them, which are gone; and the token that all is asked with."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.fetch.attention import x
from functions.fetch.attention.budget import Budget
from functions.fetch.attention.x_wire import mention_of, parse_lookup
from infra.local.standin import Fault, Standin, World
from infra.local.standin.build import post
from shared import settings
from shared.paper import Author
from shared.reads import Reads
from shared.settings import Settings
from tests.conftest import VirtualTime
from tests.unit.ledger import Ledger
from tests.unit.recordings import Reply, Service, read, reference
from tests.unit.test_x import ADA, BOB, NOW, asked, configured, span, swept, thread

RUN = "2021-06-19T07:55:00Z"


@pytest.fixture(autouse=True, name="ledger")
def _ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    return Ledger(monkeypatch)


def api_of(upstream: Standin | Service, **more: str) -> x.Api:
    settings = configured(upstream, **more)
    return x.Api(settings, Budget(settings, RUN))


@pytest.fixture(name="standin")
def _standin(no_waiting: VirtualTime) -> Iterator[Standin]:
    with Standin(World(users=(ADA, BOB), posts=thread(250)), now=NOW) as running:
        yield running


def test_a_lookup_tells_counts_names_and_what_is_gone(ledger: Ledger) -> None:
    with Service(read("x/lookup.json")) as service:
        api = api_of(service)
        found = x.look_up(api, ["1405891519247814656", "1"], with_authors=True)
    assert found.mentions.keys() == {"1405891519247814656", "1405895000000000001"}
    assert found.mentions["1405891519247814656"].counts.likes == 2500
    assert found.authors == {
        "1000000001": Author(id="1000000001", name="Ada Example", username="example_ada")
    }
    assert (ledger.read, api.requests) == (Reads(posts=2, users=1, units=4), 1)
    assert {"1405698966389002240", "1405704943825850368"} <= found.gone
    assert service.requests[0].params["expansions"] == "author_id"


def test_names_and_ids_that_no_item_has_room_for_are_nobodys() -> None:
    told = json.loads(read("x/lookup.json"))
    ada = told["includes"]["users"][0]
    long = "9" * 2_000
    told["includes"]["users"] = [ada, {**ada, "name": long}, {**ada, "username": long}, {**ada, "id": long}]
    told["data"][0]["author_id"] = long
    page = parse_lookup(json.dumps(told).encode())
    assert page.users == (Author(id="1000000001", name="Ada Example", username="example_ada"),)
    authors = [mention.author for post in page.posts if (mention := mention_of(post))]
    assert authors == [None, Author(id=told["data"][1]["author_id"])]


def test_an_author_who_is_gone_is_not_taken_for_a_post() -> None:
    with Service(read("x/lookup.json")) as service:
        found = x.look_up(api_of(service), ["1"], with_authors=True)
    assert found.gone == {"1405698966389002240", "1405704943825850368"}


def test_posts_that_are_gone_hidden_or_nobodys(standin: Standin, ledger: Ledger) -> None:
    there, gone, hidden, nobodys = (
        post(NOW - timedelta(hours=place), ADA, state, likes=20, state=state)
        for place, state in enumerate(("ok", "deleted", "protected", "authorless"), 1)
    )
    standin.world = World(users=(ADA,), posts=(there, gone, hidden, nobodys))
    ids = [each.id for each in standin.world.posts]
    api = api_of(standin)
    found = x.look_up(api, ids, with_authors=True)
    assert found.mentions.keys() == {there.id, nobodys.id}
    assert found.gone == {gone.id, hidden.id}
    assert ledger.read == Reads(posts=2, users=1, units=4)
    # Again within the run: asked for, and not billed.
    x.look_up(api, ids, with_authors=False)
    assert (ledger.read.units, api.requests) == (4, 2)


def test_a_lookup_without_authors_is_not_billed_for_them_and_goes_by_the_hundred(standin: Standin) -> None:
    ids = [each.id for each in standin.world.posts]
    api = api_of(standin)
    found = x.look_up(api, ids, with_authors=False)
    assert (len(found.mentions), found.authors, api.requests) == (250, {}, 3)
    assert [len(params["ids"].split(",")) for params in asked(standin)] == [100, 100, 50]
    assert all("expansions" not in params for params in asked(standin))


def test_a_lookup_goes_as_far_as_the_caps_allow(standin: Standin, ledger: Ledger) -> None:
    ids = [each.id for each in standin.world.posts]
    found = x.look_up(api_of(standin, X_POSTS_PER_RUN="130"), ids, with_authors=False)
    assert found.mentions.keys() == set(ids[:130])
    assert (found.end, found.capped) == ("X_POSTS_PER_RUN is reached", True)
    assert ledger.read.units == 130
    # A post and its author are three units, whoever the author turns out to be.
    standin.forget()
    standin.world = World(
        users=(ADA, BOB),
        posts=tuple(post(NOW - timedelta(hours=n), (ADA, BOB)[n % 2], str(n)) for n in range(9)),
    )
    other = api_of(standin, X_POSTS_PER_RUN="143")
    found = x.look_up(other, [each.id for each in standin.world.posts], with_authors=True)
    assert [len(params["ids"].split(",")) for params in asked(standin)] == [4, 1, 1, 1]
    assert ledger.read.units <= 143
    assert ledger.read.users == 2


def test_a_lookup_in_which_all_are_gone_is_an_answer_and_an_empty_one_is_none(
    no_waiting: VirtualTime,
) -> None:
    answer = json.loads(read("x/lookup.json"))
    assert parse_lookup(json.dumps({"errors": answer["errors"][:1]}).encode()).gone == (
        "1405698966389002240",
    )
    with Service(read("x/empty.json")) as service:
        assert "no posts in the answer" in x.look_up(api_of(service), ["1"], with_authors=False).end
    with Service(Reply(b"{}", 401)) as service:
        found = x.look_up(api_of(service), ["1"], with_authors=False)
    assert (found.end, found.capped, found.mentions) == ("HTTP 401 Unauthorized", False, {})


def test_what_a_lookup_told_before_it_failed_is_kept(standin: Standin) -> None:
    ids = [each.id for each in standin.world.posts]
    standin.faults = [Fault("x", "402", after=1)]
    found = x.look_up(api_of(standin), ids, with_authors=False)
    assert found.mentions.keys() == set(ids[:100])
    assert found.capped
    assert "HTTP 402" in found.end


def test_the_reference_lookup_is_read() -> None:
    page = parse_lookup(reference("x-tweets-lookup-partial.json"))
    assert ([each.id for each in page.posts], len(page.gone)) == (["1405891519247814656"], 2)


def test_the_vocabulary_that_is_refused_is_not_tried_again() -> None:
    with Service(Reply(b"{}", 400), read("x/lookup.json")) as service:
        api = api_of(service)
        for _ in range(3):
            x.look_up(api, ["1"], with_authors=False)
    assert ["tweet.fields" in request.params for request in service.requests] == [True, False, False, False]


# --- the token -------------------------------------------------------------------------------------------


def test_without_a_token_x_is_off_and_nothing_is_asked(standin: Standin) -> None:
    found = x.sweep(settings.parse({"X_API_URL": standin.environment["X_API_URL"]}), span())
    assert found.state.state == "off"
    assert found.state.reason
    assert standin.requests == []


@pytest.mark.usefixtures("example_hosts")
def test_the_token_is_not_sent_in_the_clear_to_another_machine(standin: Standin) -> None:
    port = standin.url.rpartition(":")[2]
    found = swept(standin, X_API_URL=f"http://api.x.example:{port}/2")
    assert (found.state.state, found.requests) == ("unavailable", 0)
    assert "https" in found.state.reason
    assert standin.requests == []


@pytest.mark.parametrize("token", ["two words", "tökén", "tok\ten"])
def test_a_token_that_cannot_be_one_is_not_sent(standin: Standin, token: str) -> None:
    found = x.sweep(Settings(x_api_url=standin.environment["X_API_URL"], x_bearer_token=token), span())
    assert found.state.state == "unavailable"
    assert token not in found.state.reason
    assert standin.requests == []


@pytest.mark.parametrize("kind", ["", "401", "403", "503", "garbage", "redirect"])
def test_the_token_is_never_logged_nor_told(standin: Standin, logged: io.StringIO, kind: str) -> None:
    standin.faults = [Fault("x", kind)] if kind else []
    found = swept(standin)
    assert logged.getvalue()
    assert "very-secret" not in logged.getvalue() + repr(found)
