"""The form in which a function has to answer a proxy integration."""

# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
LOWEST_STATUS, HIGHEST_STATUS = 100, 599


def fault(answer: object) -> str | None:
    """What is wrong with a function's answer; None when nothing is.

    Args:
        answer: what the function returned.
    """
    if not isinstance(answer, dict):
        return f"the function answered {type(answer).__name__}, not an object"
    if unknown := answer.keys() - MEMBERS:
        return f"the function answered with unknown members: {', '.join(sorted(map(str, unknown)))}"
    status = str(answer.get("statusCode"))
    if not status.isdecimal() or not LOWEST_STATUS <= int(status) <= HIGHEST_STATUS:
        return f"the function answered with statusCode {status}"
    if not isinstance(answer.get("body"), str | None):
        return "the function answered with a body that is no string"
    for name, kind in (("headers", str | int | float | bool | None), ("multiValueHeaders", list | None)):
        values = answer.get(name) or {}
        if not isinstance(values, dict) or not all(isinstance(value, kind) for value in values.values()):
            return f"the function answered with {name} of another form"
    return None
