"""Problem documents (RFC 9457): how every refusal is told over HTTP."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from oms_core.errors import Busy, Conflict, DatabaseAway, Forbidden, Invalid, NotFound, OmsError

MEDIA_TYPE = "application/problem+json"


class UnknownCaller(OmsError):
    """Neither a session nor a token that is known names the caller (401)."""

    code = "not_signed_in"


_STATUS_OF: dict[type[OmsError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Forbidden: HTTPStatus.FORBIDDEN,
    UnknownCaller: HTTPStatus.UNAUTHORIZED,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
    DatabaseAway: HTTPStatus.SERVICE_UNAVAILABLE,
}
_HEADERS_OF = {
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "1"},
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
}
_CODE_OF = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large", HTTPStatus.BAD_REQUEST: "malformed_body"}
_LONGEST_VALUE = 200
_IN_BODY_OR_ADDRESS = {"body", "path", "query", "header"}


class Problem(BaseModel):
    """Why a request was refused; nothing was changed. ``code`` is stable, ``detail`` is for people."""

    type: str = "about:blank"
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(examples=[422])
    code: str = Field(examples=["invalid_order"], description="Stable name of the refusal, for programs.")
    detail: str = Field(description="What is wrong and what to do, for people.")
    errors: list[dict[str, Any]] = Field(
        default=[],
        description="The fields or rows at fault, one object each; a field is named by its path in the body.",
        examples=[[{"field": "lines[0].sku", "value": "X-9", "message": "is unknown"}]],
    )


def problem_response(
    status: HTTPStatus,
    *,
    code: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the response that carries a problem document; what is busy or away says when to come back, in seconds."""
    told = {"title": status.phrase, "status": status.value, "code": code, "detail": detail}
    document = {"type": "about:blank"} | told | {"errors": list(errors)}
    return Response(
        json.dumps(document, default=str),
        status.value,
        headers={**(headers or {}), **_HEADERS_OF.get(status, {})},
        media_type=MEDIA_TYPE,
    )


def refusal_response(refusal: OmsError) -> Response:
    """Tell a refusal of the order service."""
    status = next((status for kind, status in _STATUS_OF.items() if isinstance(refusal, kind)), HTTPStatus.CONFLICT)
    return problem_response(status, code=refusal.code, detail=str(refusal), errors=refusal.rows)


def refusals(meanings: Mapping[int, str]) -> dict[int | str, dict[str, Any]]:
    """Describe refusals for the OpenAPI document, by status."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": meaning, "content": content} for status, meaning in meanings.items()}


def tell_problems(api: FastAPI) -> None:
    """Have every refusal and every failure of this application answered by a problem document."""
    api.add_exception_handler(OmsError, _tell_refusal)
    api.add_exception_handler(RequestValidationError, _tell_malformed)
    api.add_exception_handler(HTTPException, _tell_http)
    api.add_exception_handler(Exception, _tell_failure)


def _tell_refusal(_request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, OmsError)  # noqa: S101 - registered for nothing else
    return refusal_response(refusal)


def _tell_malformed(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    faults = [_fault(found) for found in error.errors()]
    if any(found["type"] == "json_invalid" for found in error.errors()):
        return problem_response(
            HTTPStatus.BAD_REQUEST, code="malformed_json", detail="The body is not valid JSON.", errors=faults
        )
    told = "; ".join(f"{fault['field']}: {fault['message']}" for fault in faults[:5])
    more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
    return problem_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_request",
        detail=f"The request is not valid: {told}{more}.",
        errors=faults,
    )


def _fault(found: Mapping[str, Any]) -> dict[str, Any]:
    if found["type"] == "json_invalid":
        return {"field": "body", "message": f"{found['ctx']['error']} at character {found['loc'][-1]}"}
    fault = {"field": _field_name(found["loc"]), "message": found["msg"]}
    if isinstance(found.get("input"), str | int | float):
        fault["value"] = str(found["input"])[:_LONGEST_VALUE]
    return fault


def _field_name(location: Sequence[str | int]) -> str:
    parts = location[1:] if location and location[0] in _IN_BODY_OR_ADDRESS else location
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return name.lstrip(".") or "body"


def _tell_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    status = HTTPStatus(error.status_code)
    code = _CODE_OF.get(status, status.name.lower())
    return problem_response(status, code=code, detail=str(error.detail), headers=error.headers)


def _tell_failure(_request: Request, _error: Exception) -> Response:
    """Tell that the fault is ours; the server raises the error again and logs it with its traceback."""
    return problem_response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        code="internal_error",
        detail="Something went wrong on our side; it was logged. Repeat the request with the same Idempotency-Key.",
    )
