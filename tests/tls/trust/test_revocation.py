"""Looking up: what is asked in which order, shared, remembered and bounded. What fetches is a stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from fastgw.tls.trust import revocation
from fastgw.tls.trust.facts import read_facts
from fastgw.tls.trust.revocation import FetchError, Revocations
from fastgw.tls.trust.sources import MAX_LISTS, MAX_NAMES, MAX_RESPONDERS, sources_of
from fastgw.tls.trust.verdict import RevocationResult
from tests.tls.trust.lists import make_list, named_at, point
from tests.tls.trust.made import DAY, NOW, Made, make

LIST, OTHER_LIST, ASK = "http://l.test/a.crl", "http://l.test/b.crl", "http://o.test/"
ROOT = make("Root", ca=True)


class Net:
    """Answers fetches from a table of URLs to bytes, errors, or functions of the body."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.begun = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def __call__(self, url: str, *, body: bytes | None, content_type: str, limit: int) -> bytes:
        self.asked.append(url)
        self.begun.set()
        if self.gate is not None:
            await self.gate.wait()
        answer = self.answers.get(url, FetchError("cannot be had: nobody is there"))
        if callable(answer):
            answer = answer(body)
        if isinstance(answer, Exception):
            raise answer
        assert len(answer) <= limit
        assert (body is None) == (content_type == "")
        return bytes(answer)


class Clock:
    """Time that only goes on when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def responder(
    leaf: Made, ca: Made, *, revoked: bool = False, until: float | None = 1
) -> Callable[[bytes], bytes]:
    """An answering function for one certificate, with the nonce of the question."""

    def answer(body: bytes) -> bytes:
        nonce = ocsp.load_der_ocsp_request(body).extensions.get_extension_for_class(x509.OCSPNonce).value
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=leaf.certificate,
            issuer=ca.certificate,
            algorithm=hashes.SHA1(),
            cert_status=ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=NOW - DAY / 24,
            next_update=None if until is None else NOW + until * DAY,
            revocation_time=NOW - DAY if revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, ca.certificate)
        built = builder.add_extension(nonce, False).sign(ca.key, hashes.SHA256())
        return built.public_bytes(Encoding.DER)

    return answer


def by_list(name: str = "leaf", ca: Made = ROOT, *urls: str) -> Made:
    return make(name, ca, more=named_at(*(urls or (LIST,))))


def checked(
    net: Net, *path: Made, clock: Clock | None = None, **options: Any
) -> tuple[tuple[RevocationResult, ...], Revocations]:
    made = Revocations(net, clock=clock or Clock(), **options)
    return asyncio.run(made.check([one.der for one in path])), made


def states(results: tuple[RevocationResult, ...]) -> list[str]:
    return [result.state for result in results]


# --- sources -----------------------------------------------------------------------------------------


def test_only_plain_http_is_asked_and_only_so_often() -> None:
    urls = [f"http://l.test/{number}" for number in range(9)]
    many = sources_of(read_facts(make("leaf", ROOT, more=named_at(*urls, responder=ASK)).der))
    assert (many.responders, many.lists) == ((ASK,), tuple((url,) for url in urls[:MAX_LISTS]))
    assert MAX_RESPONDERS >= 1
    names = [x509.UniformResourceIdentifier(url) for url in ("ldap://l.test/x", *urls)]
    one_point = x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)])
    found = sources_of(read_facts(make("leaf", ROOT, more=[(one_point, False)]).der))
    assert found.lists == (tuple(urls[:MAX_NAMES]),)


@pytest.mark.parametrize(
    "url",
    [
        "https://l.test/a",
        "ldap://l.test/a",
        "file:///etc/passwd",
        "http:///a",
        "http://user:secret@l.test/",
        "http://l.test:99999/",
        "http://l.test/a b",
        "http://l.test/\r\nX: y",
        "http://l.test/" + "a" * 3000,
    ],
)
def test_addresses_that_are_not_asked(url: str) -> None:
    found = sources_of(read_facts(make("leaf", ROOT, more=named_at(url, responder=url)).der))
    assert (found.responders, found.lists) == ((), ())
    assert len(found.unusable) == 2
    net = Net()
    (result,), _ = checked(net, make("leaf", ROOT, more=named_at(url)), ROOT)
    assert (result.state, result.why) == ("unknown", "a list has no http address")
    assert net.asked == []


def test_points_of_other_issuers_and_of_some_reasons_are_not_followed() -> None:
    where = [x509.UniformResourceIdentifier(LIST)]
    points = [
        x509.DistributionPoint(where, None, None, [x509.DirectoryName(ROOT.certificate.subject)]),
        x509.DistributionPoint(where, None, frozenset([x509.ReasonFlags.key_compromise]), None),
    ]
    found = sources_of(read_facts(make("leaf", ROOT, more=[(x509.CRLDistributionPoints(points), False)]).der))
    assert found.lists == ()
    assert "another issuer" in found.unusable[0]
    assert "some reasons" in found.unusable[1]


# --- one certificate ---------------------------------------------------------------------------------


def test_a_certificate_that_names_nothing_is_not_offered() -> None:
    (result,), _ = checked(Net(), make("leaf", ROOT), ROOT)
    assert result == RevocationResult(0, "not-offered")


def test_by_its_list() -> None:
    leaf = by_list()
    net = Net()
    net.answers[LIST] = make_list(ROOT)
    assert checked(net, leaf, ROOT)[0] == (RevocationResult(0, "good", LIST),)
    net.answers[LIST] = make_list(ROOT, [(leaf.certificate.serial_number, x509.ReasonFlags.superseded)])
    assert checked(net, leaf, ROOT)[0] == (RevocationResult(0, "revoked", LIST, "superseded", NOW - 2 * DAY),)


@pytest.mark.parametrize("revoked", [False, True])
def test_by_its_responder_without_fetching_the_list(revoked: bool) -> None:
    leaf = make("leaf", ROOT, more=named_at(LIST, responder=ASK))
    net = Net()
    net.answers = {ASK: responder(leaf, ROOT, revoked=revoked), LIST: make_list(ROOT)}
    (result,), _ = checked(net, leaf, ROOT)
    assert (result.state, result.source) == ("revoked" if revoked else "good", ASK)
    assert net.asked == [ASK]


@pytest.mark.parametrize(
    "answer",
    [FetchError("cannot be had"), OSError("cable cut"), b"<html>", b""],
    ids=["away", "os", "html", "empty"],
)
def test_the_list_decides_where_the_responder_does_not(answer: Any) -> None:
    leaf = make("leaf", ROOT, more=named_at(LIST, responder=ASK))
    net = Net()
    net.answers = {ASK: answer, LIST: make_list(ROOT)}
    (result,), _ = checked(net, leaf, ROOT)
    assert (result.state, result.source) == ("good", LIST)


def test_the_next_list_decides_where_the_first_does_not() -> None:
    leaf = by_list("leaf", ROOT, LIST, OTHER_LIST)
    net = Net()
    net.answers = {LIST: make_list(make("Other", ca=True)), OTHER_LIST: make_list(ROOT)}
    (result,), _ = checked(net, leaf, ROOT)
    assert (result.state, result.source) == ("good", OTHER_LIST)


def test_unknown_says_why_for_each_source() -> None:
    leaf = make("leaf", ROOT, more=named_at(LIST, OTHER_LIST, responder=ASK))
    net = Net()
    net.answers = {LIST: make_list(ROOT, days=(-9, -1)), ASK: b"junk"}
    (result,), _ = checked(net, leaf, ROOT)
    assert result.state == "unknown"
    for part in (f"{ASK} cannot be read", f"{LIST} is out of date", f"{OTHER_LIST} cannot be had"):
        assert part in result.why


def test_a_list_for_another_point_does_not_decide() -> None:
    net = Net()
    net.answers[LIST] = make_list(ROOT, more=[point(OTHER_LIST)])
    (result,), _ = checked(net, by_list(), ROOT)
    assert "another distribution point" in result.why


def test_every_certificate_but_the_root_is_looked_up() -> None:
    middle = make("Middle", ROOT, ca=True, more=named_at(OTHER_LIST))
    leaf = by_list("leaf", middle)
    net = Net()
    gone = [(middle.certificate.serial_number, None)]
    net.answers = {LIST: make_list(middle), OTHER_LIST: make_list(ROOT, gone)}
    results, _ = checked(net, leaf, middle, make("Root", ca=True, more=named_at(ASK)))
    assert states(results) == ["good", "revoked"]
    assert [result.depth for result in results] == [0, 1]
    assert sorted(net.asked) == [LIST, OTHER_LIST]


def test_a_self_signed_leaf_has_nothing_to_look_up() -> None:
    assert checked(Net(), ROOT)[0] == ()


def test_a_list_of_one_ca_says_nothing_for_its_namesake() -> None:
    """Both name the same URL; the list is kept for the one whose key has signed it."""
    namesake = make("Root", ca=True, label="ec:namesake")
    net = Net()
    net.answers[LIST] = make_list(ROOT)

    async def both() -> list[str]:
        made = Revocations(net, clock=Clock())
        first = await made.check([by_list("a").der, ROOT.der])
        second = await made.check([by_list("b", namesake).der, namesake.der])
        return states(first + second)

    assert asyncio.run(both()) == ["good", "unknown"]
    assert net.asked == [LIST, LIST]


# --- remembering and sharing -------------------------------------------------------------------------


def run(work: Callable[[Net, Clock, Revocations], Awaitable[None]], **options: Any) -> Net:
    net, clock = Net(), Clock()

    async def with_parts() -> None:
        await work(net, clock, Revocations(net, clock=clock, **options))

    asyncio.run(with_parts())
    return net


def test_a_result_is_remembered_until_its_source_has_news() -> None:
    path = [by_list().der, ROOT.der]

    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.answers[LIST] = make_list(ROOT, days=(-1, 2))
        assert made.known(path) is None
        first = await made.check(path)
        assert made.known(path) == first
        clock.now += 1.9 * DAY
        assert await made.check(path) == first
        assert net.asked == [LIST]
        clock.now += 0.2 * DAY
        assert made.known(path) is None
        net.answers[LIST] = make_list(ROOT, [(read_facts(path[0]).serial, None)], days=(1, 4))
        assert states(await made.check(path)) == ["revoked"]
        assert net.asked == [LIST, LIST]

    run(work)


def test_a_list_serves_all_certificates_that_name_it() -> None:
    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.answers[LIST] = make_list(ROOT)
        leaves = [by_list(f"leaf {number}") for number in range(5)]
        found = await asyncio.gather(*(made.check([leaf.der, ROOT.der]) for leaf in leaves))
        assert [states(one) for one in found] == [["good"]] * 5
        assert net.asked == [LIST]

    run(work)


def test_those_who_ask_the_same_at_once_share_one_question() -> None:
    leaf = make("leaf", ROOT, more=named_at(responder=ASK))

    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.answers[ASK] = responder(leaf, ROOT)
        found = await asyncio.gather(*(made.check([leaf.der, ROOT.der]) for _ in range(10)))
        assert {one[0].state for one in found} == {"good"}
        assert net.asked == [ASK]

    run(work)


def test_one_who_gives_up_does_not_end_it_for_the_others() -> None:
    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.answers[LIST] = make_list(ROOT)
        net.gate = asyncio.Event()
        path = [by_list().der, ROOT.der]
        impatient = asyncio.ensure_future(made.check(path))
        patient = asyncio.ensure_future(made.check(path))
        await net.begun.wait()
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        net.gate.set()
        assert states(await patient) == ["good"]
        assert net.asked == [LIST]

    run(work)


def test_a_slow_list_is_unknown_first_and_known_later() -> None:
    """The request gives up after twice the timeout; the list arrives all the same."""

    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.answers[LIST] = make_list(ROOT)
        net.gate = asyncio.Event()
        path = [by_list().der, ROOT.der]
        (result,) = await made.check(path)
        assert (result.state, result.why) == ("unknown", "no answer within 0.6 s")
        net.gate.set()
        assert states(await made.check(path)) == ["good"]
        assert net.asked == [LIST]

    run(work, timeout=0.3)


def test_a_source_that_never_answers_is_unknown() -> None:
    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.gate = asyncio.Event()
        path = [make("leaf", ROOT, more=named_at(responder=ASK)).der, ROOT.der]
        (result,) = await made.check(path)
        assert result.why == f"the answer of {ASK} did not come within 0.3 s"

    run(work, timeout=0.3)


def test_failures_count_for_a_short_time() -> None:
    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        one, other = [by_list("a").der, ROOT.der], [by_list("b").der, ROOT.der]
        for path in (one, other, one):
            assert states(await made.check(path)) == ["unknown"]
        assert net.asked == [LIST]
        clock.now += timedelta(seconds=revocation.FAILURE_SECONDS + 1)
        net.answers[LIST] = make_list(ROOT)
        assert states(await made.check(one)) == ["good"]
        assert net.asked == [LIST, LIST]

    run(work)


def test_a_list_that_proves_nothing_is_not_fetched_for_each_certificate() -> None:
    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.answers[LIST] = make_list(ROOT, signer=make("x", label="ec:nobody").key)
        for number in range(3):
            (result,) = await made.check([by_list(f"leaf {number}").der, ROOT.der])
            assert "not its CA's" in result.why
        assert net.asked == [LIST]

    run(work)


def test_an_answer_that_does_not_say_how_long_it_holds_counts_a_minute() -> None:
    leaf = make("leaf", ROOT, more=named_at(responder=ASK))

    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.answers[ASK] = responder(leaf, ROOT, until=None)
        path = [leaf.der, ROOT.der]
        assert states(await made.check(path)) == ["good"]
        clock.now += timedelta(seconds=59)
        assert made.known(path) is not None
        clock.now += timedelta(seconds=2)
        assert made.known(path) is None

    run(work)


def test_nothing_counts_longer_than_a_week() -> None:
    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.answers[LIST] = make_list(ROOT, days=(-1, 3000))
        path = [by_list().der, ROOT.der]
        await made.check(path)
        clock.now += 7.1 * DAY
        assert made.known(path) is None

    run(work)


def test_memory_has_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "MAX_RESULTS", 3)
    monkeypatch.setattr(revocation, "MAX_LIST_BYTES", 1500)
    entries = [(number, None) for number in range(1, 30)]

    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        paths = []
        for number in range(5):
            url = f"http://l.test/{number}"
            net.answers[url] = make_list(ROOT, entries)
            paths.append([by_list(f"leaf {number}", ROOT, url).der, ROOT.der])
            await made.check(paths[-1])
        assert 500 < len(net.answers[url]) < 1500
        assert [made.known(path) is not None for path in paths] == [False, False, True, True, True]
        assert len(made._lists) == 1
        assert made._list_bytes == len(net.answers[url])

    run(work)


def test_only_so_many_are_looked_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "MAX_UNDER_WAY", 2)

    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.gate = asyncio.Event()
        net.answers[LIST] = make_list(ROOT)
        paths = [[by_list(f"leaf {number}").der, ROOT.der] for number in range(3)]
        waiting = [asyncio.ensure_future(made.check(path)) for path in paths[:2]]
        await net.begun.wait()
        (result,) = await made.check(paths[2])
        assert "too many" in result.why
        net.gate.set()
        assert [states(await one) for one in waiting] == [["good"], ["good"]]
        assert states(await made.check(paths[2])) == ["good"]

    run(work)


def test_without_anything_that_fetches_it_is_unknown_and_not_remembered() -> None:
    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        made.fetch = None
        path = [by_list().der, ROOT.der]
        (result,) = await made.check(path)
        assert (result.state, result.why) == ("unknown", "nothing is fetched here")
        made.fetch = net
        net.answers[LIST] = make_list(ROOT)
        assert states(await made.check(path)) == ["good"]

    run(work)


def test_closing_stops_what_is_under_way() -> None:
    async def work(net: Net, clock: Clock, made: Revocations) -> None:
        net.gate = asyncio.Event()
        waiting = asyncio.ensure_future(made.check([by_list().der, ROOT.der]))
        await net.begun.wait()
        made.close()
        assert states(await waiting) == ["unknown"]

    run(work)


def test_large_lists_are_read_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "_LARGE", 100)
    leaf = by_list()
    net = Net()
    net.answers[LIST] = make_list(ROOT, [(leaf.certificate.serial_number, None)])
    assert states(checked(net, leaf, ROOT)[0]) == ["revoked"]
