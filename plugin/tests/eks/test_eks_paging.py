"""Pages of a list."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from localstack.aws.api import CommonServiceException

from meshrig_localstack.services.eks.paging import names, page

KEYS = st.sets(st.text(min_size=1, max_size=8), max_size=12)


@given(KEYS, st.integers(1, 100))
def test_all_pages_together_are_the_sorted_list(keys: set[str], limit: int) -> None:
    seen: list[str] = []
    request: dict[str, Any] = {"maxResults": limit}
    while True:
        answer = page(request, "items", names(dict.fromkeys(keys)))
        assert len(answer["items"]) <= limit
        seen += answer["items"]
        if "nextToken" not in answer:
            break
        request["nextToken"] = answer["nextToken"]
    assert seen == sorted(keys)


@pytest.mark.parametrize("limit", [0, 101, -1])
def test_limits(limit: int) -> None:
    with pytest.raises(CommonServiceException, match="maxResults must be from 1 to 100"):
        page({"maxResults": limit}, "items", {})


@given(st.text(min_size=1))
def test_made_up_tokens_are_refused_or_harmless(token: str) -> None:
    try:
        assert page({"nextToken": token}, "items", {}) == {"items": []}
    except CommonServiceException as refusal:
        assert refusal.code == "InvalidParameterException"
