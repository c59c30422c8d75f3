import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshrig.errors import MeshrigError
from meshrig.scenario.http import Address, Answer, AnswerParser, render

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 429 Too Many\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nT: v\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED


@pytest.mark.parametrize(("raw", "status"), [(SIZED, 200), (CHUNKED, 429), (CONTINUED, 200)])
@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 100), max_size=6))
def test_an_answer_is_the_same_however_it_is_cut(raw: bytes, status: int, cuts: list[int]) -> None:
    parser, at = AnswerParser(), 0
    for cut in sorted({min(cut, len(raw) - 1) for cut in cuts}):
        assert parser.feed(raw[at:cut]) is None
        at = cut
    assert parser.feed(raw[at:]) == Answer(status, b"hello")
    assert parser.keep_alive


def test_the_end_of_the_connection_ends_an_answer_without_length() -> None:
    parser = AnswerParser()
    assert parser.feed(b"HTTP/1.1 200 OK\r\n\r\nhel") is None
    assert parser.end() == Answer(200, b"hel")
    assert not parser.keep_alive


def test_a_cut_answer_is_none() -> None:
    parser = AnswerParser()
    assert parser.feed(SIZED[:-1]) is None
    assert parser.end() is None


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_a_value_error(data: bytes) -> None:
    parser = AnswerParser()
    try:
        answer = parser.feed(b"HTTP/1.1 " + data) or parser.end()
    except ValueError as error:
        assert str(error)
    else:
        assert answer is None or 200 <= answer.status <= 999 or answer.status < 100


def test_renders_below_the_stage() -> None:
    sent = render(Address.of("http://127.0.0.1:8080/prod/"), "POST", "/orders", '{"a": 1}')
    assert sent.startswith(b"POST /prod/orders HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n")
    assert sent.endswith(b'Content-Length: 8\r\nContent-Type: application/json\r\n\r\n{"a": 1}')


@pytest.mark.parametrize("url", ["", "ftp://a/b", "http://", "http://a:x/"])
def test_refuses_what_is_no_url(url: str) -> None:
    with pytest.raises(MeshrigError):
        Address.of(url)
