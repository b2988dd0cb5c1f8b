"""What a credential looks like: by the exact form of its value, or by the name of what holds it.

Neither its length nor a word inside the name makes a value a credential: `DB_SECRET_ARN` names where one is.
"""

import re
from collections.abc import Iterable
from typing import Literal

from policy.graph import UNKNOWN, Missing, Resource, is_set

CARRIERS = frozenset(
    {
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:iam/accessKey:AccessKey",
        "aws:apigateway/apiKey:ApiKey",
        "aws:cognito/userPoolClient:UserPoolClient",
        "random:index/randomPassword:RandomPassword",
        "random:index/randomString:RandomString",
        "random:index/randomBytes:RandomBytes",
        "tls:index/privateKey:PrivateKey",
    }
)
"""Resources that hand out a credential. A Secret itself hands out its name and ARN only."""
PARAMETER = "aws:ssm/parameter:Parameter"

# Each form begins where no other of its kind can, so that a long text is searched in linear time.
_FORMS = re.compile(
    r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{40}"  # GitHub
    r"|\bglpat-[\w-]{20}"  # GitLab
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10}"  # Slack
    r"|\bhttps://hooks\.slack\.com/services/T\w+/B\w+/\w+"
    r"|\b[sr]k_(?:live|test)_[A-Za-z0-9]{16}"  # Stripe
    r"|\bAIza[\w-]{35}(?![\w-])"  # Google
    r"|\bSG\.[\w-]{22}\.[\w-]{43}"  # SendGrid
    r"|\bnpm_[A-Za-z0-9]{36}"
    r"|(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"  # JSON Web Token
    # A password in a URL, where it is no placeholder.
    r"|(?<=[a-z0-9+.-])://[^\s/?#:@]*:(?![$<{*%])[^\s/?#@]+@",
    re.ASCII,
)
_NAMES = re.compile(
    r"(?:.*_)?(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?"
    r"|PASS|PWD|API_?KEY|SECRET_KEY|PRIVATE_KEY|SIGNING_KEY|ENCRYPTION_KEY|(?:SECRET_)?ACCESS_KEY)"
)
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_POINTERS = re.compile(
    r"arn:[^:]*:[^:]+:.+"
    r"|alias/.+"
    r"|(?:\.{0,2}|~)(?:/[\w.@-]+)+/?"  # a parameter's path or a file's
    r"|(?:ssm|secretsmanager|resolve|vault):.+"
    r"|\{\{.+\}\}|\$\{.+\}|<.+>"
    r"|https?://.+"
    r"|(?i:true|false|yes|no|on|off|enabled|disabled|none|null)",  # whether there is one
    re.ASCII,
)


def names_credential(name: str) -> bool:
    """Whether what is called so is a credential: `DB_PASSWORD`, `apiKey`, not `DB_PASSWORD_ARN`."""
    return _NAMES.fullmatch(_WORD_START.sub("_", name).replace("-", "_").upper()) is not None


def holds_credential(
    name: str, value: object, sources: Iterable[Resource]
) -> bool | Literal[Missing.UNKNOWN]:
    """Whether a value is a credential, recognised by its form, or by its name unless it only points at one.

    Args:
        name: what the value is called.
        value: as the program sets it.
        sources: the resources that the value may come from, where it is not known yet.
    """
    if value is UNKNOWN:
        if not names_credential(name):
            return False
        return True if any(map(_carries, sources)) else UNKNOWN
    if not isinstance(value, str) or not is_set(value):
        return False
    if _FORMS.search(value):
        return True
    return names_credential(name) and _POINTERS.fullmatch(value) is None


def _carries(source: Resource) -> bool:
    if source.type == PARAMETER:
        return source.read("type") == "SecureString"
    return source.type in CARRIERS
