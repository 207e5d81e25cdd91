"""X's error answers: status and problem body by kind (https://docs.x.com/x-api/fundamentals/response-codes-and-errors).

Some come with the older host in their type: a reader matches on its last part.
"""

from __future__ import annotations

from typing import Any

STATUSES: dict[str, tuple[int, dict[str, Any]]] = {
    "400": (
        400,
        {
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.x.com/2/problems/invalid-request",
        },
    ),
    "401": (401, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}),
    "402": (
        402,
        {
            "account_id": 2244994945,
            "title": "CreditsDepleted",
            "detail": "Your enrolled account [2244994945] does not have any credits to fulfill this request.",
            "type": "https://api.twitter.com/2/problems/credits",
        },
    ),
    "402_credits_depleted": (
        402,
        {
            "detail": "credits depleted",
            "status": 402,
            "title": "Payment Required",
            "type": "https://api.x.com/2/problems/credits-depleted",
        },
    ),
    "403": (
        403,
        {
            "client_id": "12345678",
            "detail": "When authenticating requests to the Twitter API v2 endpoints, you must use keys and"
            " tokens from a Twitter developer App that is attached to a Project. You can create a project via"
            " the developer portal.",
            "registration_url": "https://developer.twitter.com/en/docs/projects/overview",
            "title": "Client Forbidden",
            "required_enrollment": "Appropriate Level of API Access",
            "reason": "client-not-enrolled",
            "type": "https://api.twitter.com/2/problems/client-forbidden",
        },
    ),
    "429": (
        429,
        {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429},
    ),
    # This one does not clear by waiting.
    "429_usage_cap": (
        429,
        {
            "account_id": 2244994945,
            "product_name": "standard-basic",
            "title": "UsageCapExceeded",
            "period": "Monthly",
            "scope": "Product",
            "detail": "Usage cap exceeded: Monthly product cap",
            "type": "https://api.twitter.com/2/problems/usage-capped",
        },
    ),
    "500": (
        500,
        {
            "title": "Internal Server Error",
            "detail": "Internal Server Error",
            "type": "about:blank",
            "status": 500,
        },
    ),
    "503": (
        503,
        {
            "title": "Service Unavailable",
            "detail": "Service Unavailable",
            "type": "about:blank",
            "status": 503,
        },
    ),
}
