"""The reader: what it tells, when it asks again, and whom it leaves alone. Vaults are a toy, time is real."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fastgw.vault.reading import AT_ONCE, Reader, Secret
from fastgw.vault.records import Access, Key, Reading, SecretError, Wanted

ACCESS = Access("auto", None, None, None, None, None, None, 5.0)
FOREVER = 1000.0


class Toy:
    """A vault with the answers of a test: a Secret, or a SecretError, for each reading."""

    def __init__(self, answer: Callable[[Wanted, int], Secret | Exception]) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.open = self.most = 0

    async def read(self, wanted: Wanted) -> Secret:
        self.asked.append(wanted.key.id)
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(0)
        self.open -= 1
        found = self.answer(wanted, self.asked.count(wanted.key.id))
        if isinstance(found, Exception):
            raise found
        return found


class Told:
    """What the reader told, to be waited for."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self._news = asyncio.Event()

    def __call__(self, reading: Reading) -> None:
        self.readings.append(reading)
        self._news.set()

    async def count(self, number: int) -> list[Reading]:
        async with asyncio.timeout(10.0):
            while len(self.readings) < number:
                self._news.clear()
                await self._news.wait()
        return self.readings


def wanted(id: str = "a", version: str = "", vault: str = "kv", **values: Any) -> Wanted:
    key = Key("named value", id, f"https://{vault}.test/secrets/{id}{version}", None)
    return Wanted(key, ACCESS, values.pop("interval", FOREVER), True, **values)


def run(toy: Toy, test: Callable[[Reader, Told], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        told = Told()
        reader = Reader(toy, told)
        try:
            await test(reader, told)
        finally:
            reader.close()

    asyncio.run(all_of_it())


def secret(text: str, version: str = "1", **values: Any) -> Secret:
    return Secret(text, None, version, **values)


def test_a_value_is_told_once_and_again_when_it_is_another() -> None:
    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted(interval=0.001)])
        readings = await told.count(5)
        assert [one.value for one in readings[:5]] == [b"x", None, None, b"y", None]
        assert {one.status.code for one in readings} == {"Success"}

    run(Toy(lambda _, count: secret("x" if count <= 3 else "y")), test)


def test_a_refresh_is_told_even_if_nothing_has_changed_and_only_for_whom_it_is_meant() -> None:
    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted("a"), wanted("b")])
        await told.count(2)
        reader.refresh("named value a")
        assert [(one.key.id, one.value) for one in (await told.count(3))[2:]] == [("a", b"x")]
        reader.refresh()
        assert sorted(one.key.id for one in (await told.count(5))[3:]) == ["a", "b"]

    run(Toy(lambda _, count: secret("x")), test)


def test_a_pinned_version_is_read_until_it_is_there_and_then_no_more() -> None:
    toy = Toy(lambda one, count: SecretError("SecretNotFound", "no") if count < 2 else secret("x"))

    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted("a", "/v1", interval=0.001), wanted("b", interval=0.001)])
        while toy.asked.count("b") < 20 or toy.asked.count("a") < 2:
            await told.count(len(told.readings) + 1)
        assert toy.asked.count("a") == 2

    run(toy, test)


def test_a_failure_is_told_with_its_code_and_the_next_success_as_well() -> None:
    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted()])
        first, second = (await told.count(2))[:2]
        assert (first.status.code, first.status.message, first.value) == ("Forbidden", "no rights", None)
        assert abs(first.status.time - datetime.now(UTC)) < timedelta(seconds=10)
        assert (second.status.code, second.status.message, second.value) == ("Success", None, b"x")

    run(Toy(lambda _, count: SecretError("Forbidden", "no rights") if count == 1 else secret("x")), test)


def test_whatever_a_library_raises_the_secret_is_followed_on() -> None:
    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted()])
        first, second = (await told.count(2))[:2]
        assert (first.status.code, "password" in str(first.status.message)) == ("Failed", False)
        assert second.status.ok

    run(Toy(lambda _, count: KeyError("password") if count == 1 else secret("x")), test)


def test_a_value_of_no_use_is_not_told() -> None:
    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted(interval=0.001)])
        readings = (await told.count(3))[:3]
        assert [(one.status.code, one.value) for one in readings] == [
            ("Success", b"x"),
            ("InvalidValue", None),
            ("Success", None),
        ]

    run(Toy(lambda _, count: secret("" if count == 2 else "x")), test)


def test_a_vault_that_asks_for_peace_has_it_for_all_of_its_secrets() -> None:
    toy = Toy(lambda one, _: SecretError("Throttled", "slow", 60.0) if one.key.id == "a" else secret("x"))

    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted("a")])
        await told.count(1)
        reader.watch([wanted("a"), wanted("b"), wanted("c", vault="other")])
        reader.refresh()
        assert [one.key.id for one in (await told.count(2))[1:]] == ["c"]
        assert toy.asked == ["a", "c"]

    run(toy, test)


def test_what_is_not_wanted_any_more_is_not_read_and_what_stays_is_not_read_anew() -> None:
    toy = Toy(lambda _, count: secret("x"))

    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted("a"), wanted("b")])
        await told.count(2)
        reader.watch([wanted("a"), wanted("c")])
        await told.count(3)
        reader.refresh()
        await told.count(5)
        assert sorted(toy.asked) == ["a", "a", "b", "c", "c"]

    run(toy, test)


def test_a_secret_that_is_read_in_another_way_is_read_anew() -> None:
    toy = Toy(lambda _, count: secret("x"))

    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted(interval=FOREVER)])
        await told.count(1)
        reader.watch([wanted(interval=FOREVER / 2)])
        assert [one.value for one in await told.count(2)] == [b"x", b"x"]

    run(toy, test)


def test_many_secrets_are_read_few_at_a_time() -> None:
    toy = Toy(lambda _, count: secret("x"))

    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted(f"n{number}") for number in range(50)])
        await told.count(50)
        assert toy.most == AT_ONCE

    run(toy, test)


def test_a_secret_out_of_its_time_is_used_with_one_warning_a_version(
    capfd: pytest.CaptureFixture[str],
) -> None:
    past, coming = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)

    async def test(reader: Reader, told: Told) -> None:
        reader.watch([wanted(interval=0.001)])
        assert {one.status.code for one in await told.count(6)} == {"Success"}

    run(
        Toy(
            lambda _, count: (
                secret("x", "1", expires=past) if count < 3 else secret("y", "2", not_before=coming)
            )
        ),
        test,
    )
    lines = [line for line in capfd.readouterr().err.splitlines() if "out of its time" in line]
    assert len(lines) == 2
    assert "expired at" in lines[0]
