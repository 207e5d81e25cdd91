"""The settings of the service: environment variables, filled by the template's parameters.

Read on first use, never at import, so that importing a module needs no environment. Every setting is
described in docs/settings.md; a test compares the two.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from shared import accounts, categories, clock, filters
from shared.attention import Rules
from shared.filters import Filter

VERSION = "0.1.0"

Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Positive = Annotated[int, Meta(ge=1, le=1_000_000)]
Hours = Annotated[int, Meta(ge=0, le=24 * 365)]
Days = Annotated[int, Meta(ge=1, le=100 * 365)]
Hour = Annotated[int, Meta(ge=0, le=23)]
Weight = Annotated[float, Meta(ge=0, le=1_000_000)]
Dollars = Annotated[float, Meta(ge=0, le=1_000)]
Url = Annotated[str, Meta(pattern=r"^https?://[^\s]+\Z")]
Line = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+\Z")]
OptionalLine = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*\Z")]
# Together, the variables of a function may have 4 KB.
FilterLine = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*\Z", max_length=2_500)]


# What is never told again, not even when it is malformed.
_SECRETS = frozenset({"X_BEARER_TOKEN", "BLUESKY_HANDLE", "BLUESKY_APP_PASSWORD"})


class SettingError(Exception):
    """A setting is missing or malformed; the text names it and says what is wrong."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """All settings, by name in lower case; each is read from the variable of the same name in upper case."""

    # Where the data lies. Only the step that uses one needs it: see `require`.
    table_name: str = ""
    queue_url: str = ""
    bucket_name: str = ""
    event_bus_name: OptionalLine = ""
    stack_name: OptionalLine = ""

    # What is logged: below INFO there is nothing.
    log_level: Literal["INFO", "WARNING", "ERROR"] = "INFO"

    # What is listed, and what is hot.
    categories: Line = "cs,stat.ML"
    paper_score_threshold: Count = 50
    mention_score_threshold: Count = 25
    mentions_per_account: Count = 3
    ignored_accounts: OptionalLine = ""
    x_weight: Weight = 1.0
    bluesky_weight: Weight = 1.0
    hackernews_weight: Weight = 1.0
    huggingface_weight: Weight = 1.0

    # When things happen.
    measure_hour_utc: Hour = 7
    publish_after_hours: Hours = 24
    run_deadline_minutes: Positive = 60
    keep_cold_days: Days = 60

    # What X may cost.
    x_posts_per_run: Count = 500
    x_posts_per_month: Count = 6_000
    x_archive_posts: Count = 0
    x_post_price: Dollars = 0.005
    x_user_price: Dollars = 0.010
    x_min_engagement: Count = 10
    x_sweep_hours: Annotated[int, Meta(ge=1, le=167)] = 48

    # How much is asked of Bluesky.
    bluesky_pages: Positive = 8

    # Upstream addresses; a test server can stand in.
    arxiv_oai_url: Url = "https://oaipmh.arxiv.org/oai"
    arxiv_api_url: Url = "https://export.arxiv.org/api/query"
    x_api_url: Url = "https://api.x.com/2"
    bluesky_url: Url = "https://bsky.social/xrpc"
    hackernews_url: Url = "https://hn.algolia.com/api/v1"
    huggingface_url: Url = "https://huggingface.co/api"
    contact: OptionalLine = ""

    # Secrets: the name of an SSM parameter, or for a local run the secret itself.
    x_bearer_token_parameter: OptionalLine = ""
    x_bearer_token: OptionalLine = ""
    bluesky_credentials_parameter: OptionalLine = ""
    bluesky_handle: OptionalLine = ""
    bluesky_app_password: OptionalLine = ""

    # What the site calls itself.
    site_url: Url = "http://localhost:8000"
    site_title: Line = "Hot Papers"
    site_description: Line = "Hot papers"
    site_notice: OptionalLine = ""
    filters: FilterLine = ""
    embed_widgets: bool = False
    post_category: Line = "arXiv"
    post_tags: Line = "arXiv,Twitter,Machine Learning,Computer Science"
    post_image: OptionalLine = "/media/flying-marine.jpg"

    @property
    def user_agent(self) -> str:
        """How the service names itself to others: name, version and whom to ask."""
        return f"hot-papers/{VERSION} ({self.contact or self.site_url})"

    @property
    def rules(self) -> Rules:
        """What counts, and how much."""
        return Rules(
            weights={
                "x": self.x_weight,
                "bluesky": self.bluesky_weight,
                "hackernews": self.hackernews_weight,
                "huggingface": self.huggingface_weight,
            },
            ignored=accounts.parse(self.ignored_accounts),
            per_account=self.mentions_per_account,
            show_from=self.mention_score_threshold,
        )

    @property
    def named_filters(self) -> tuple[Filter, ...]:
        """The filters that have a page, in their order."""
        return filters.parse(self.filters)

    def publishable_from(self, date: str) -> datetime:
        """When a listing date is old enough for its post to appear."""
        return clock.midnight(date) + timedelta(hours=self.publish_after_hours)

    def post_due(self, date: str) -> datetime:
        """When the post of a listing date is due: the first measuring tick once the day is old enough."""
        old_enough = self.publishable_from(date)
        tick = old_enough.replace(hour=self.measure_hour_utc, minute=clock.TICK_MINUTE)
        return tick if tick >= old_enough else tick + timedelta(days=1)

    def require(self, name: str) -> str:
        """The value of a text setting that has no default; raises SettingError when it is not set."""
        value: str = getattr(self, name)
        if not value:
            raise SettingError(f"{name.upper()} is not set")
        return value


def parse(environment: dict[str, str]) -> Settings:
    """Settings from a mapping of environment variables; raises SettingError naming the first bad one."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        name = field.encode_name
        text = environment.get(name, "")
        if name in _SECRETS:
            # Read from a file, a token brings its line break along.
            text = text.strip()
        # An empty variable is what an unset template parameter becomes: the default stands.
        if text == "":
            continue
        try:
            value = msgspec.convert(text, field.type, strict=False)
        except (msgspec.ValidationError, UnicodeError) as error:
            shown = "…" if name in _SECRETS else repr(text)
            raise SettingError(f"{name}={shown}: {error}") from None
        values[name] = _address(name, value) if name.endswith("_URL") else value
    settings = msgspec.convert(values, Settings)
    for name, check, text in (
        ("CATEGORIES", categories.selection, settings.categories),
        ("IGNORED_ACCOUNTS", accounts.parse, settings.ignored_accounts),
        ("FILTERS", filters.parse, settings.filters),
    ):
        try:
            check(text)
        except ValueError as error:
            raise SettingError(f"{name}={text!r}: {error}") from None
    return settings


def _address(name: str, text: str) -> str:
    """An address without a slash at its end; raises SettingError for one that nothing can be asked at."""
    try:
        parts = urlsplit(text)
        if not parts.hostname or (parts.port is not None and not parts.port):
            raise ValueError("it names no host")
    except ValueError as error:
        raise SettingError(f"{name}={text!r}: {error}") from None
    return text.rstrip("/")


@cache
def get() -> Settings:
    """The settings of this process, read once."""
    return parse(dict(os.environ))
