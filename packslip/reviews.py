"""Reviews and surveys, as settings: the addresses behind the QR that asks."""

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Address(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _has_token(self) -> Self:
        url = getattr(self, "url", "")
        if url and (url.count("{token}") != 1 or re.search(r"[{}]", url.replace("{token}", ""))):
            raise ValueError(f"url: must hold {{token}} once and no other braces, got {url!r}")
        return self


class ReviewSettings(_Address):
    """Review codes."""

    url: str = Field(
        "HTTPS://OA.EXAMPLE/R/{token}",
        min_length=1,
        description="what the QR says; upper case keeps the symbol small; {token} is required",
    )


class SurveySettings(_Address):
    """Survey codes, which stand in the review's place where rules set survey."""

    url: str = Field("", description="what the QR says, such as HTTPS://OA.EXAMPLE/S/{token}; blank: no surveys")
