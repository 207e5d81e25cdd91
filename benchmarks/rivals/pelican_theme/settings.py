"""Pelican's settings: the same kinds of page as all others make, and nothing else."""

SITENAME = "Hot Papers"
SITEURL = ""
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
ARTICLE_URL = ARTICLE_SAVE_AS = "{slug}.html"
# Their tags are the papers' categories: an article has but one of Pelican's.
TAG_URL = TAG_SAVE_AS = "category/{slug}.html"
CATEGORY_SAVE_AS = AUTHOR_SAVE_AS = ARCHIVES_SAVE_AS = DRAFT_SAVE_AS = ""
DIRECT_TEMPLATES = ["index"]
PAGINATED_TEMPLATES = {"tag": 21}
FEED_DOMAIN = "https://hot.example.org"
FEED_ALL_ATOM = "feed.xml"
FEED_MAX_ITEMS = 10
CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
PLUGINS: list[str] = []
TYPOGRIFY = False
