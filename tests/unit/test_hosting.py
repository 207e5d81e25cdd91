"""How readers get at the bucket: who may read it in each mode, under which address, with which headers."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from functions.render.objects import SHORT, SHORTEST
from functions.render.pages import assets, render
from infra.local.template import PATH
from shared.settings import Settings
from tests.unit.resolved import PSEUDO, Resolved

TEXT = PATH.read_text(encoding="utf-8")
ROOT = PATH.parents[1]
PAGE = render(Settings(), "404.html", title="Not here").decode()
MODES = ("cloudfront", "website", "none")
NAME = {
    "DomainName": "hot.example.org",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0f1e-2d3c",
}
OF_CLOUDFRONT = {
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
}


@cache
def stack(mode: str, *, own_name: bool = False) -> Resolved:
    return Resolved({"Hosting": mode} | (NAME if own_name else {}))


def bucket(mode: str) -> Any:
    return stack(mode).resources["Bucket"]["Properties"]


def statements(mode: str) -> Any:
    (policy,) = stack(mode).of_type("AWS::S3::BucketPolicy").values()
    assert policy["Bucket"] == "Bucket"
    return policy["PolicyDocument"]["Statement"]


def distribution(*, own_name: bool = False) -> Any:
    (found,) = stack("cloudfront", own_name=own_name).of_type("AWS::CloudFront::Distribution").values()
    return found["DistributionConfig"]


def headers() -> Any:
    (found,) = stack("cloudfront").of_type("AWS::CloudFront::ResponseHeadersPolicy").values()
    return found["ResponseHeadersPolicyConfig"]


# --- the three modes -----------------------------------------------------------------------------------


def test_cloudfront_is_what_there_is_without_a_choice() -> None:
    assert Resolved({}).resources == stack("cloudfront").resources


@pytest.mark.parametrize("mode", MODES)
def test_cloudfront_is_there_only_where_it_is_wanted(mode: str) -> None:
    kinds = {resource["Type"] for resource in stack(mode).resources.values()}
    assert {kind for kind in kinds if "CloudFront" in kind} == (
        OF_CLOUDFRONT if mode == "cloudfront" else set()
    )
    told = {"DistributionId", "DistributionDomainName"} & stack(mode).outputs.keys()
    assert len(told) == (2 if mode == "cloudfront" else 0)


@pytest.mark.parametrize("mode", MODES)
def test_who_may_read_the_bucket(mode: str) -> None:
    allowed = [one for one in statements(mode) if one["Effect"] == "Allow"]
    for one in allowed:
        assert (one["Action"], one["Resource"]) == ("s3:GetObject", "Bucket.Arn/*"), "no lists, no versions"
    readers = [(one["Principal"], one.get("Condition")) for one in allowed]
    this = "arn:aws:cloudfront::123456789012:distribution/Distribution"
    assert (
        readers
        == {
            "cloudfront": [
                ({"Service": "cloudfront.amazonaws.com"}, {"StringEquals": {"aws:SourceArn": this}}),
            ],
            "website": [("*", None)],
            "none": [],
        }[mode]
    )


@pytest.mark.parametrize("mode", MODES)
def test_the_public_is_kept_out_but_of_a_website(mode: str) -> None:
    is_website = mode == "website"
    block = bucket(mode)["PublicAccessBlockConfiguration"]
    assert block == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": not is_website,
        "RestrictPublicBuckets": not is_website,
    }
    website = {"IndexDocument": "index.html", "ErrorDocument": "404.html"} if is_website else None
    assert bucket(mode).get("WebsiteConfiguration") == website


@pytest.mark.parametrize("mode", MODES)
def test_all_is_tls_but_reading_a_website(mode: str) -> None:
    (denied,) = [one for one in statements(mode) if one["Effect"] == "Deny"]
    concerned = {key: denied[key] for key in ("Action", "NotAction") if key in denied}
    assert concerned == ({"NotAction": "s3:GetObject"} if mode == "website" else {"Action": "s3:*"})
    assert denied["Principal"] == "*"
    assert denied["Resource"] == ["Bucket.Arn", "Bucket.Arn/*"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_is_the_same_in_all_else() -> None:
    hosting = {"PublicAccessBlockConfiguration", "WebsiteConfiguration"}
    rest = [{key: value for key, value in bucket(mode).items() if key not in hosting} for mode in MODES]
    assert rest[0] == rest[1] == rest[2]
    assert "Distribution" not in json.dumps(rest[0]), "the distribution refers to the bucket"


# --- the distribution ----------------------------------------------------------------------------------


def test_the_distribution_reads_the_private_bucket() -> None:
    (origin,) = distribution()["Origins"]
    assert origin["DomainName"] == "Bucket.RegionalDomainName"
    assert origin["OriginAccessControlId"] == "OriginAccess.Id"
    (access,) = stack("cloudfront").of_type("AWS::CloudFront::OriginAccessControl").values()
    config = access["OriginAccessControlConfig"]
    assert (config["SigningBehavior"], config["SigningProtocol"]) == ("always", "sigv4")
    assert config["OriginAccessControlOriginType"] == "s3"


def test_the_distribution_serves_a_static_site() -> None:
    config = distribution()
    assert config["Enabled"] is True
    assert config["DefaultRootObject"] == "index.html"
    assert config["PriceClass"] == "PriceClass_100"
    assert (config["HttpVersion"], config["IPV6Enabled"]) == ("http2and3", True)
    behavior = config["DefaultCacheBehavior"]
    assert behavior["TargetOriginId"] == config["Origins"][0]["Id"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert behavior["AllowedMethods"] == ["GET", "HEAD"]
    assert behavior["Compress"] is True
    assert behavior["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6", "CachingOptimized"
    assert behavior["ResponseHeadersPolicyId"] == "SiteHeaders"


def test_nothing_need_be_invalidated() -> None:
    assert (SHORT, SHORTEST) == ("public, max-age=300", "public, max-age=60")
    for key, asset in assets().items():
        assert asset.cache_control == SHORT or re.search(r"\.[0-9a-f]{12}\.", key), key


def test_what_is_not_there_is_a_404() -> None:
    errors = {error["ErrorCode"]: error for error in distribution()["CustomErrorResponses"]}
    assert errors.keys() == {403, 404}
    for error in errors.values():
        assert (error["ResponseCode"], error["ResponsePagePath"]) == (404, "/404.html")
        assert error["ErrorCachingMinTTL"] <= 60, "it may be there soon"


def test_two_stacks_have_no_name_in_common() -> None:
    (access,) = stack("cloudfront").of_type("AWS::CloudFront::OriginAccessControl").values()
    unique = PSEUDO["AWS::StackId"].rpartition("/")[2]
    for name in (access["OriginAccessControlConfig"]["Name"], headers()["Name"]):
        assert name == f"hot-papers-{unique}", "the stack's name is another's in another region"
        assert len(name) <= 64


# --- headers -------------------------------------------------------------------------------------------


def _directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";")]
    found = {name: sorted(values) for name, *values in parts}
    assert len(found) == len(parts), "a directive that comes twice counts once"
    return found


def test_the_policy_is_the_pages_own_and_allows_no_frame() -> None:
    (own,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', PAGE)
    sent = headers()["SecurityHeadersConfig"]["ContentSecurityPolicy"]
    assert sent["Override"] is True
    assert _directives(sent["ContentSecurityPolicy"]) == _directives(own) | {"frame-ancestors": ["'none'"]}


def test_the_headers_that_keep_readers_safe() -> None:
    security = dict(headers()["SecurityHeadersConfig"])
    del security["ContentSecurityPolicy"]
    two_years = 2 * 365 * 24 * 60 * 60
    assert security == {
        "StrictTransportSecurity": {
            "Override": True,
            "AccessControlMaxAgeSec": two_years,
            "IncludeSubdomains": False,
        },
        "ContentTypeOptions": {"Override": True},
        "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "strict-origin-when-cross-origin"},
        "FrameOptions": {"Override": True, "FrameOption": "DENY"},
    }
    assert f'<meta name="referrer" content="{security["ReferrerPolicy"]["ReferrerPolicy"]}">' in PAGE


def test_every_header_and_every_mode_is_documented() -> None:
    text = (ROOT / "docs/hosting.md").read_text(encoding="utf-8")
    named = {name.replace("-", "").lower() for name in re.findall(r"^\| `([A-Z][A-Za-z-]+)` \|", text, re.M)}
    sent = {
        name.replace("ContentTypeOptions", "XContentTypeOptions")
        .replace("FrameOptions", "XFrameOptions")
        .lower()
        for name in headers()["SecurityHeadersConfig"]
    }
    assert named - {"hosting"} == sent | {"accesscontrolalloworigin"}
    modes = yaml_parse(TEXT)["Parameters"]["Hosting"]["AllowedValues"]
    assert re.findall(r"^\| `([a-z]+)`", text, re.M) == modes == list(MODES)


def test_pages_on_other_hosts_may_read_the_data() -> None:
    cors = headers()["CorsConfig"]
    assert cors["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert cors["AccessControlAllowMethods"] == {"Items": ["GET", "HEAD"]}
    assert cors["AccessControlAllowCredentials"] is False
    assert cors["OriginOverride"] is True


# --- the address ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "address"),
    [
        ({}, "https://Distribution.DomainName"),
        (NAME, "https://hot.example.org"),
        ({"Hosting": "website"}, "Bucket.WebsiteURL"),
        ({"Hosting": "none"}, "http://localhost:8000"),
        ({"SiteUrl": "https://a.example/hot"}, "https://a.example/hot"),
        ({"SiteUrl": "https://a.example/hot"} | NAME, "https://a.example/hot"),
        ({"SiteUrl": "https://a.example/hot", "Hosting": "website"}, "https://a.example/hot"),
        ({"SiteUrl": "https://a.example/hot", "Hosting": "none"}, "https://a.example/hot"),
    ],
)
def test_the_site_knows_its_address(parameters: dict[str, str], address: str) -> None:
    deployed = Resolved(parameters)
    functions = deployed.of_type("AWS::Lambda::Function")
    assert len(functions) == 3
    for function in functions.values():
        assert function["Environment"]["Variables"]["SITE_URL"] == address
    assert deployed.outputs["SiteUrl"]["Value"] == address


def test_a_site_that_is_nowhere_is_where_the_settings_say() -> None:
    assert stack("none").outputs["SiteUrl"]["Value"] == Settings().site_url


def test_a_distribution_with_a_name_of_its_own() -> None:
    named, unnamed = distribution(own_name=True), distribution()
    assert named["Aliases"] == ["hot.example.org"]
    assert named["ViewerCertificate"] == {
        "AcmCertificateArn": NAME["CertificateArn"],
        "SslSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    }
    assert "Aliases" not in unnamed
    assert unnamed["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}


@pytest.mark.parametrize(
    ("parameters", "complaints"),
    [
        ({}, []),
        ({"Hosting": "none"}, []),
        (NAME, []),
        ({"DomainName": NAME["DomainName"]}, ["need each other"]),
        ({"CertificateArn": NAME["CertificateArn"]}, ["need each other"]),
        (NAME | {"Hosting": "website"}, ["Hosting=cloudfront"]),
        ({"DomainName": "a.example", "Hosting": "none"}, ["need each other", "Hosting=cloudfront"]),
    ],
)
def test_name_and_certificate_come_together_and_for_cloudfront(
    parameters: dict[str, str], complaints: list[str]
) -> None:
    refused = Resolved(parameters).refused
    assert len(refused) == len(complaints)
    assert all(complaint in text for complaint, text in zip(complaints, refused, strict=True))


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (
            "DomainName",
            ["", "example.org", "hot.example.org", "a-b.xn--p1ai"],
            [
                "https://a.org",
                "a.org/",
                "A.org",
                "localhost",
                "-a.org",
                "a..org",
                "*.a.org",
                "a.org:80",
                "1.2.3.4",
            ],
        ),
        (
            "CertificateArn",
            ["", NAME["CertificateArn"]],
            [NAME["CertificateArn"].replace("us-east-1", "eu-west-1"), "arn:aws:iam::123456789012:server/x"],
        ),
        (
            "SiteUrl",
            ["", "https://a.example/hot", "http://localhost:8000"],
            ["a.example", "https://a b", "ftp://a"],
        ),
    ],
)
def test_addresses_are_well_formed(parameter: str, good: list[str], bad: list[str]) -> None:
    pattern = yaml_parse(TEXT)["Parameters"][parameter]["AllowedPattern"]
    assert [text for text in good if not re.fullmatch(pattern, text)] == []
    assert [text for text in bad if re.fullmatch(pattern, text)] == []
