"""The exception by which a class refuses a request. No Flask is meant."""

from __future__ import annotations

from typing import Any


class SeldonMicroserviceException(Exception):
    """Refuses a request with an HTTP status and a reason."""

    status_code = 400

    def __init__(
        self,
        message: Any,
        status_code: int | None = None,
        payload: Any = None,
        reason: str = "MICROSERVICE_BAD_DATA",
    ) -> None:
        super().__init__(message)
        self.message = message
        if status_code is not None:
            self.status_code = status_code
        self.payload = payload
        self.reason = reason

    def to_dict(self) -> dict[str, Any]:
        """The body that a caller is sent."""
        return {"status": {"status": 1, "info": self.message, "code": -1, "reason": self.reason}}
