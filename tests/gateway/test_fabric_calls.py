"""What one request knows of its partition, and what a worker keeps between requests and configurations."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fastgw._exchange import Target
from fastgw.config import load
from fastgw.gateway.fabric_calls import KEPT_TARGETS, FabricCalls, FabricRequest
from fastgw.model.service_fabric import FabricCall
from fastgw.snapshot import Snapshot
from fastgw.snapshot.build import build
from fastgw.snapshot.fabric import FabricService
from tests.gateway.fabric_support import CA, CLIENTS, SERVICE
from tests.harness.cluster import StubCluster, stateless
from tests.tls.wire import run

REPLICA = "http://10.0.0.4:8080/partition/"


class Gateway:
    """FabricCalls as a worker has them, and configurations for them."""

    def __init__(self, folder: Path, cluster: StubCluster) -> None:
        self.calls = FabricCalls(asyncio.get_running_loop())
        self.snapshot: Snapshot | None = None
        self._folder = folder
        self._cluster = cluster
        for name in ("gateway", "other"):
            (folder / f"{name}.pem").write_bytes(CLIENTS.issue(name, usage="client").bundle())
        (folder / "root.pem").write_bytes(CA.pem)

    def configure(
        self, *, id: str = "orders", certificate: str = "gateway", most: int = 2, more: str = ""
    ) -> FabricService:
        """Build a configuration, take it over, and give its service."""
        text = f"""\
        certificates:
          - {{id: gateway, file: gateway.pem}}
          - {{id: other, file: other.pem}}
        caCertificates: [{{id: root, file: root.pem, storeName: Root}}]
        backends:
          - id: {id}
            url: {SERVICE}
            credentials: {{certificateIds: [other], header: {{x-a: b}}}}
            properties:
              serviceFabricCluster:
                managementEndpoints: ["{self._cluster.url}"]
                clientCertificateId: {certificate}
                maxPartitionResolutionRetries: {most}
            {more}
        """
        (self._folder / "gateway.yaml").write_text(textwrap.dedent(text))
        configuration, _ = load(self._folder, {})
        self.snapshot = build(configuration, self.snapshot)
        self.calls.install(self.snapshot)
        (service,) = (target.fabric for target in self.snapshot.targets if target.fabric is not None)
        return service

    def begin(self, service: FabricService, snapshot: Snapshot | None = None) -> FabricRequest:
        return self.calls.begin(service, SimpleNamespace(snapshot=snapshot or self.snapshot))

    async def call(self, service: FabricService) -> Target:
        request = self.begin(service)
        return request.known() or await found(request)


async def found(request: FabricRequest) -> Target:
    target, problem = await outcome(request)
    assert target is not None, problem
    return target


def outcome(request: FabricRequest) -> asyncio.Future[tuple[Target | None, str | None]]:
    told = asyncio.get_running_loop().create_future()
    request.find(lambda target, problem: told.set_result((target, problem)))
    return told


def resolving(service: FabricService, condition: Any = True, **call: Any) -> FabricService:
    """The service as a policy with sf- attributes asks for it."""
    return replace(service, call=FabricCall(resolve_condition=condition, **call))


Scene = Callable[[Callable[[Gateway], Any]], None]


@pytest.fixture
def scene(tmp_path: Path, cluster: StubCluster) -> Scene:
    """Runs what is to be tested on a loop of its own."""

    def play(what: Callable[[Gateway], Any]) -> None:
        async def main() -> None:
            await what(Gateway(tmp_path, cluster))

        run(main)

    cluster.publish(SERVICE, stateless(REPLICA), version="v1")
    return play


# ---------------------------------------------------------------- replicas


def test_a_replica_is_called_as_its_backend_says(scene: Scene) -> None:
    async def play(gateway: Gateway) -> None:
        service = gateway.configure(more="tls: {validateCertificateName: false}")
        target = await gateway.call(service)
        assert (target.scheme, target.host, target.port) == ("http", "10.0.0.4", 8080)
        assert (target.base_path, target.host_header) == (b"/partition", b"10.0.0.4:8080")
        assert target.backend_id == "orders"
        assert target.credentials is service.credentials is not None
        assert target.certificate is service.certificate is not None
        assert target.connection.validate_name is False

    scene(play)


def test_a_replica_has_one_target_so_that_its_connections_are_found_again(scene: Scene) -> None:
    async def play(gateway: Gateway) -> None:
        service = gateway.configure()
        assert await gateway.call(service) is await gateway.call(service)

    scene(play)


def test_the_targets_of_replicas_are_bounded(scene: Scene) -> None:
    async def play(gateway: Gateway) -> None:
        service = gateway.configure()
        first, second = (gateway.calls.target(service, f"http://10.0.0.1:{port}") for port in (1, 2))
        for port in range(3, KEPT_TARGETS + 1):
            gateway.calls.target(service, f"http://10.0.0.1:{port}")
        assert gateway.calls.target(service, "http://10.0.0.1:1") is first
        gateway.calls.target(service, "http://10.0.0.1:60000")
        # The one that was used longest ago is gone.
        assert gateway.calls.target(service, "http://10.0.0.1:1") is first
        assert gateway.calls.target(service, "http://10.0.0.1:2") is not second

    scene(play)


def test_a_placeholder_without_a_service_name_cannot_be_asked_for(scene: Scene) -> None:
    async def play(gateway: Gateway) -> None:
        service = gateway.configure()
        nameless = replace(service, service_name=None)
        with pytest.raises(
            ValueError, match=r"backend 'orders' names no service; set sf-service-instance-name"
        ):
            gateway.begin(nameless)
        named = replace(nameless, call=FabricCall(service_name=SERVICE))
        assert (await gateway.call(named)).host == "10.0.0.4"

    scene(play)


# ---------------------------------------------------------------- asking again


def test_policies_with_the_same_question_share_an_answer(scene: Scene, cluster: StubCluster) -> None:
    async def play(gateway: Gateway) -> None:
        service = gateway.configure()
        for _ in range(3):
            await gateway.call(resolving(service))
        await gateway.call(service)

    scene(play)
    assert len(cluster.asked) == 1


def test_the_endpoint_of_the_last_attempt_is_what_proved_wrong(scene: Scene, cluster: StubCluster) -> None:
    async def play(gateway: Gateway) -> None:
        request = gateway.begin(resolving(gateway.configure()))
        assert request.known() is None
        await found(request)
        for version in ("v2", "v3"):
            cluster.publish(SERVICE, stateless(f"http://10.0.0.9/{version}"), version=version)
            assert request.resolves_again(None)
            assert request.known() is None
            assert (await found(request)).base_path == f"/{version}".encode()
        assert not request.resolves_again(None)

    scene(play)
    assert [asked.previous_version for asked in cluster.asked] == [None, "v1", "v2"]


def test_the_cluster_is_asked_again_until_it_has_answered(scene: Scene, cluster: StubCluster) -> None:
    async def play(gateway: Gateway) -> None:
        request = gateway.begin(resolving(gateway.configure(most=10)))
        await found(request)
        cluster.fail(503)
        for _ in range(3):
            assert request.resolves_again(None)
            assert request.known() is None
            target, problem = await outcome(request)
            assert target is None
            assert problem is not None
            assert "status 503" in problem
        cluster.recover()
        assert request.resolves_again(None)
        assert request.known() is None
        await found(request)
        assert request.known() is not None

    scene(play)
    assert [asked.previous_version for asked in cluster.asked] == [None, "v1", "v1", "v1", "v1"]


def test_a_condition_is_computed_for_each_attempt_and_only_while_there_are_retries(scene: Scene) -> None:
    async def play(gateway: Gateway) -> None:
        seen: list[object] = []
        says = iter([True, False, True])

        def condition(exchange: object) -> bool:
            seen.append(exchange)
            return next(says)

        request = gateway.begin(resolving(gateway.configure(most=2), condition))
        await found(request)
        assert [request.resolves_again(at) for at in range(5)] == [True, False, True, False, False]
        assert seen == [0, 1, 2]

    scene(play)


def test_without_retries_the_condition_is_not_asked(scene: Scene) -> None:
    async def play(gateway: Gateway) -> None:
        request = gateway.begin(resolving(gateway.configure(most=0), lambda _: pytest.fail("asked")))
        await found(request)
        assert not request.resolves_again(None)

    scene(play)


def test_who_has_left_is_not_called(scene: Scene, cluster: StubCluster) -> None:
    async def play(gateway: Gateway) -> None:
        service = gateway.configure()
        cluster.hold()
        leaves, stays = gateway.begin(service), gateway.begin(service)
        leaves.find(lambda *_: pytest.fail("called"))
        told = outcome(stays)
        leaves.cancel()
        # Twice, and without a question, is no fault.
        leaves.cancel()
        gateway.begin(service).cancel()
        cluster.release()
        assert (await told)[0] is not None

    scene(play)
    assert len(cluster.asked) == 1


# ---------------------------------------------------------------- new configurations


CHANGES: dict[str, tuple[dict[str, Any], int]] = {
    "nothing": ({}, 1),
    "credentials-of-replicas": ({"more": "azureRegion: westeurope"}, 1),
    "client-certificate": ({"certificate": "other"}, 2),
    "backend": ({"id": "renamed"}, 2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_answers_are_kept_while_the_cluster_is_asked_in_the_same_way(
    scene: Scene, cluster: StubCluster, change: str
) -> None:
    members, questions = CHANGES[change]

    async def play(gateway: Gateway) -> None:
        former = gateway.configure()
        target = await gateway.call(former)
        latter = gateway.configure(**members)
        assert latter is not former
        renewed = await gateway.call(latter)
        # What belongs to a replica is that of the configuration that serves.
        assert renewed is not target
        assert renewed.credentials is latter.credentials

    scene(play)
    assert len(cluster.asked) == questions


def test_a_request_ends_on_the_configuration_that_it_began_with(scene: Scene, cluster: StubCluster) -> None:
    async def play(gateway: Gateway) -> None:
        former = gateway.configure()
        snapshot = gateway.snapshot
        cluster.hold()
        request = gateway.begin(resolving(former))
        told = outcome(request)
        await asyncio.to_thread(cluster.wait_for_questions, 1)
        gateway.configure(certificate="other")
        cluster.release()
        target, _ = await told
        assert target is not None
        assert target.credentials is former.credentials
        assert request.resolves_again(None)
        await found(request)
        # One that has not asked yet is no different.
        late = gateway.begin(former, snapshot)
        assert (late.known() or await found(late)).credentials is former.credentials

    scene(play)
    assert {asked.client for asked in cluster.asked} == {"gateway"}


def test_what_a_late_request_needed_goes_with_the_next_configuration(
    scene: Scene, cluster: StubCluster
) -> None:
    async def play(gateway: Gateway) -> None:
        former = gateway.configure()
        snapshot = gateway.snapshot
        await gateway.call(former)
        gateway.configure(certificate="other")
        late = gateway.begin(former, snapshot)
        await found(late)
        gateway.configure(certificate="other")
        again = gateway.begin(former, snapshot)
        assert again.known() is None

    scene(play)
    assert len(cluster.asked) == 2
