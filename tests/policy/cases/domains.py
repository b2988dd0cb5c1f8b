"""Cases of the rule on the TLS version of custom domains."""

from policy.graph import Resource
from tests.policy.cases.case import (
    UNKNOWN_BLOCK,
    UNKNOWN_TEXT,
    Case,
    Kind,
    cases_of,
    resource,
    secret,
    without_none,
)

REST_DOMAIN = "aws:apigateway/domainName:DomainName"
DOMAIN = "aws:apigatewayv2/domainName:DomainName"
IOT_DOMAIN = "aws:iot/domainConfiguration:DomainConfiguration"
OLD_DOMAIN = "accepts TLS older than 1.2"
UNSAID = "leaves the oldest TLS version to the service"

domain = cases_of("apigw-domain-tls12")


def domain_cases(type_: str, block: str | None, right: list[str], wrong: list[object]) -> list[Case]:
    def named(policy: object) -> list[Resource]:
        found = without_none(securityPolicy=policy)
        return [resource(type_, {block: {"__defaults": [], **found}} if block else found)]

    return [
        *(domain(Kind.WRONG, f"{type_} with {policy}", named(policy), OLD_DOMAIN) for policy in wrong),
        domain(Kind.UNKNOWN, f"{type_} with what is not known", named(UNKNOWN_TEXT), undecided=True),
        *(domain(Kind.CORRECT, f"{type_} with {policy}", named(policy)) for policy in right),
        domain(Kind.CORRECT, f"{type_} with a secret", named(secret(right[0]))),
    ]


CASES = (
    domain(Kind.MISSING, "nothing set", [resource(REST_DOMAIN, {})], UNSAID),
    domain(Kind.MISSING, "an empty text", [resource(REST_DOMAIN, {"securityPolicy": ""})], UNSAID),
    domain(Kind.MISSING, "no block", [resource(DOMAIN, {})], UNSAID),
    domain(Kind.MISSING, "an empty block", [resource(DOMAIN, {"domainNameConfiguration": {}})], UNSAID),
    domain(
        Kind.UNKNOWN,
        "a block",
        [resource(DOMAIN, {"domainNameConfiguration": UNKNOWN_BLOCK})],
        undecided=True,
    ),
    domain(Kind.CORRECT, "AWS IoT starts at TLS 1.2 by itself", [resource(IOT_DOMAIN, {})]),
    *domain_cases(
        REST_DOMAIN,
        None,
        [
            "TLS_1_2",
            "SecurityPolicy_TLS13_1_3_2025_09",
            "SecurityPolicy_TLS13_1_2_2021_06",
            "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09",
            "SecurityPolicy_TLS13_2025_EDGE",
            "SecurityPolicy_TLS12_PFS_2025_EDGE",
        ],
        [
            "TLS_1_0",
            "TLS_1_1",
            "SecurityPolicy_TLS13_1_0_2031_01",
            "SecurityPolicy_TLS13_1_0",
            "SecurityPolicy_TLS11_2018_EDGE",
            "tls_1_2",
            "xTLS_1_2",
            12,
        ],
    ),
    *domain_cases(DOMAIN, "domainNameConfiguration", ["TLS_1_2"], ["TLS_1_0"]),
    *domain_cases(
        IOT_DOMAIN,
        "tlsConfig",
        [
            "IotSecurityPolicy_TLS13_1_3_2022_10",
            "IotSecurityPolicy_TLS13_1_2_2022_10",
            "IoTSecurityPolicy_TLS12_1_2_2022_10",
        ],
        ["IotSecurityPolicy_TLS12_1_0_2016_01", "IotSecurityPolicy_TLS12_1_0_2015_01", "Default"],
    ),
)
