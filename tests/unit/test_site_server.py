"""The bucket as a site: what is asked for is found as on a CDN, and nothing else is."""

from __future__ import annotations

import http.client
import io
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from infra.local import site_server
from infra.local.site_server import SiteServer

Answer = tuple[int, dict[str, str], bytes]

HTML = "text/html; charset=utf-8"
SITE = {
    "index.html": (HTML, b"front"),
    "404.html": (HTML, b"not here"),
    "2021-06-18.json": ("application/json", b"{}"),
    "category/cs.LG.xml": ("application/atom+xml; charset=utf-8", b"<feed/>"),
    "style.0123.css": ("text/css; charset=utf-8", b"a{}"),
}


class Bucket:
    """As much of an S3 client as a site needs; notes the keys that it is asked for."""

    def __init__(self, objects: dict[str, tuple[str, bytes]], failure: str = "NoSuchKey") -> None:
        self.objects = objects
        self.failure = failure
        self.asked: list[str] = []

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        assert Bucket == "bucket"
        self.asked.append(Key)
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": self.failure, "Message": "no"}}, "GetObject")
        kind, body = self.objects[Key]
        return {"ContentType": kind, "CacheControl": "max-age=60", "Body": io.BytesIO(body)}


@pytest.fixture(name="site")
def _site() -> Iterator[SiteServer]:
    with SiteServer("127.0.0.1", 0) as site:
        site.ready.set()
        yield site


def asked(site: SiteServer, target: str, method: str = "GET") -> Answer:
    """The answer of the server to a request line of any form."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=10)
    try:
        connection.putrequest(method, target)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("target", "key"),
    [
        ("/", "index.html"),
        ("/?utm=1", "index.html"),
        ("/index.html", "index.html"),
        ("/2021-06-18.json", "2021-06-18.json"),
        ("/category/cs.LG.xml", "category/cs.LG.xml"),
        ("/category/cs%2ELG.xml?x=%00", "category/cs.LG.xml"),
        ("/style.0123.css", "style.0123.css"),
    ],
)
def test_objects_are_served_with_their_types(site: SiteServer, target: str, key: str) -> None:
    site.show(Bucket(SITE), "bucket")
    status, headers, body = asked(site, target)
    assert (status, headers["content-type"], body) == (200, *SITE[key])
    assert headers["content-length"] == str(len(body))
    assert headers["cache-control"] == "no-store", "a page that is rendered again is there on reload"


@pytest.mark.parametrize(
    "target",
    [
        "/nothing.html",
        "/category/",
        "/../index.html",
        "/%2e%2e/index.html",
        "/category/..%2findex.html",
        "/./index.html",
        "//index.html/",
        "/category//cs.LG.xml",
        "/%00",
        "/index.html%0d%0aX:%20y",
        "/%ff%fe",
        "/" + "a" * 2000,
        "*",
        "http://127.0.0.1/index.html",
    ],
)
def test_what_is_no_object_is_the_page_for_it(site: SiteServer, target: str) -> None:
    bucket = Bucket(SITE)
    site.show(bucket, "bucket")
    status, headers, body = asked(site, target)
    assert (status, headers["content-type"], body) == (404, *SITE["404.html"])
    # A client library would resolve such a key on its way, to a place outside the bucket.
    assert not [key for key in bucket.asked if ".." in key or "//" in key or key.startswith("/")]


@pytest.mark.parametrize(("target", "status"), [("/", 200), ("/nothing", 404)])
def test_head_is_get_without_the_body(site: SiteServer, target: str, status: int) -> None:
    site.show(Bucket(SITE), "bucket")
    got, head = asked(site, target), asked(site, target, "HEAD")
    assert (head[0], head[2]) == (status, b"")
    assert head[1]["content-length"] == got[1]["content-length"] == str(len(got[2]))


def test_nothing_can_be_sent_to_it(site: SiteServer) -> None:
    site.show(Bucket(SITE), "bucket")
    assert [asked(site, "/index.html", method)[0] for method in ("POST", "PUT", "DELETE")] == [501] * 3


def test_what_is_written_is_seen_at_once(site: SiteServer) -> None:
    bucket = Bucket(dict(SITE))
    site.show(bucket, "bucket")
    assert asked(site, "/")[2] == b"front"
    bucket.objects["index.html"] = (HTML, b"new")
    assert asked(site, "/")[2] == b"new"


def test_a_site_that_will_have_nothing_says_so(site: SiteServer) -> None:
    status, headers, body = asked(site, "/")
    assert (status, body) == (404, b"nothing is published yet\n")
    assert "refresh" not in headers


def test_a_bucket_that_cannot_be_read_is_told(site: SiteServer) -> None:
    site.show(Bucket(SITE, failure="AccessDenied"), "bucket")
    status, _, body = asked(site, "/nothing")
    assert status == 502
    assert b"AccessDenied" in body


def test_the_first_request_waits_for_the_bucket_to_be_filled() -> None:
    with SiteServer("127.0.0.1", 0) as site:
        bucket = Bucket({})
        site.show(bucket, "bucket")

        def fill() -> None:
            assert site.wanted.wait(10)
            bucket.objects = SITE
            site.ready.set()

        filling = threading.Thread(target=fill)
        filling.start()
        assert asked(site, "/")[2] == b"front"
        filling.join()


def test_a_bucket_that_is_not_filled_soon_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_server, "_PATIENCE", 0.05)
    with SiteServer("127.0.0.1", 0) as site:
        status, headers, _ = asked(site, "/")
        assert (status, headers["refresh"]) == (404, "1")


def test_a_filled_bucket_is_not_asked_to_be_filled() -> None:
    with SiteServer("127.0.0.1", 0) as site:
        site.show(Bucket(SITE), "bucket")
        assert asked(site, "/nothing")[0] == 404
        assert not site.wanted.is_set()


def test_an_address_that_is_taken_is_an_error(site: SiteServer) -> None:
    with pytest.raises(OSError, match="in use"):
        SiteServer("127.0.0.1", int(site.url.rsplit(":", 1)[1]))


def test_all_of_this_machine_is_reached_by_loopback() -> None:
    with SiteServer("0.0.0.0", 0) as site:  # noqa: S104
        assert site.url.startswith("http://127.0.0.1:")
