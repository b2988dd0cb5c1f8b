"""What the edge says by itself: to a path that it does not know, in headers, and in its log."""

from __future__ import annotations

from typing import Final

from pulumi_aws import cloudfront

HSTS_SECONDS: Final = 2 * 365 * 24 * 3600
# In the platform's error form, as API Gateway answers for routes that it does not know.
NOT_FOUND: Final = """\
function handler(event) {
  var error = {
    code: 'not_found',
    message: 'The API has no such route.',
    requestId: event.context.requestId
  };
  return {
    statusCode: 404,
    statusDescription: 'Not Found',
    headers: {
      'content-type': { value: 'application/json' },
      'cache-control': { value: 'no-store' }
    },
    body: { encoding: 'text', data: JSON.stringify({ error: error }) }
  };
}
"""
# No cookie, and no header that could hold a token.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html
LOGGED_FIELDS: Final = (
    "date",
    "time",
    "x-edge-location",
    "sc-bytes",
    "c-ip",
    "cs-method",
    "cs(Host)",
    "cs-uri-stem",
    "sc-status",
    "cs(User-Agent)",
    "cs-uri-query",
    "x-edge-result-type",
    "x-edge-request-id",
    "x-host-header",
    "cs-protocol",
    "cs-bytes",
    "time-taken",
    "ssl-protocol",
    "ssl-cipher",
    "x-edge-response-result-type",
    "cs-protocol-version",
    "time-to-first-byte",
    "x-edge-detailed-result-type",
    "sc-content-type",
    "sc-content-len",
)


def security_headers() -> cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs:
    """What tells browsers to be careful, whatever an API says."""
    part = cloudfront
    return cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
        strict_transport_security=part.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
            access_control_max_age_sec=HSTS_SECONDS, include_subdomains=True, override=True
        ),
        content_type_options=part.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
            override=True
        ),
        frame_options=part.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
            frame_option="DENY", override=True
        ),
        referrer_policy=part.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
            referrer_policy="no-referrer", override=True
        ),
        content_security_policy=part.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
            content_security_policy="default-src 'none'; frame-ancestors 'none'", override=True
        ),
    )
