"""Connections to one backend address: kept, handed out last-in first-out, bounded.

A pool decides which connection serves whom. It opens no socket itself (the
dialer does) and knows nothing of requests. Requests that find every connection
taken wait in order; when too many wait, the next one is refused.
"""

from collections import deque

from fastgw.gateway.deadlines cimport DeadlineQueue, monotonic
from fastgw.gateway.upstream cimport Owner, Sink, Upstream, UpstreamState


cdef class Pool(Owner):
    """`dialer` is a gateway.dialer.Dialer; `limit` bounds connections, `pending` those that wait for one,
    `lifetime` is in seconds."""

    def __init__(self, loop, dialer, *, int limit, int pending, double lifetime, DeadlineQueue idle_deadlines):
        self._loop = loop
        self.dialer = dialer
        self.limit = limit
        self.pending = pending
        self._lifetime = lifetime
        self._idle_deadlines = idle_deadlines
        self._idle = []
        self._waiting = deque()
        self._waiting_fresh = deque()
        self._tasks = set()

    cdef Upstream acquire(self, Sink sink, bint fresh):
        """A connection ready for use, or None: then `sink.connected` or `sink.unavailable` follows.

        `fresh` asks for one that nothing was sent on, after a used one turned out to be dead.
        """
        cdef Upstream upstream
        if not fresh:
            upstream = self._take_idle()
            if upstream is not None:
                return upstream
        if len(self._waiting) + len(self._waiting_fresh) >= self.pending and self.opened >= self.limit:
            sink.unavailable("BackendConnectionFailure",
                             "Too many requests wait for a connection to the backend.", 503)
            return None
        (self._waiting_fresh if fresh else self._waiting).append(sink)
        if fresh and self.opened >= self.limit:
            upstream = self._take_idle()
            if upstream is not None:
                upstream.abort()
        if self.opened < self.limit:
            self._dial()
        return None

    cdef Upstream _take_idle(self):
        cdef Upstream upstream
        while self._idle:
            upstream = <Upstream>self._idle.pop()
            if upstream.state == UpstreamState.IDLE:
                upstream.no_deadline()
                return upstream
        return None

    cdef bint is_full(self) noexcept:
        """Whether who waits does so for a connection that another request has."""
        return self.opened >= self.limit and self._dialing == 0

    cdef void forget(self, Sink sink):
        """The sink waits no longer."""
        for waiting in (self._waiting, self._waiting_fresh):
            try:
                waiting.remove(sink)
            except ValueError:
                pass

    cdef Sink _next_waiting(self, bint fresh):
        """Who gets the connection: a new one goes to those who insist on that, a used one never does."""
        if fresh and self._waiting_fresh:
            return self._waiting_fresh.popleft()
        if self._waiting:
            return self._waiting.popleft()
        return None

    cdef void _dial(self):
        self.opened += 1
        self._dialing += 1
        task = self._loop.create_task(self._connect())
        # The loop itself holds no reference to a task that waits.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    cdef void _dial_for_waiting(self):
        """Whoever waits has a connection coming, or one in use that will be free."""
        while self.opened < self.limit and self._dialing < len(self._waiting) + len(self._waiting_fresh):
            self._dial()

    async def _connect(self):
        """Open one connection and give it to whoever has waited longest."""
        cdef Upstream upstream = Upstream(self)
        cdef Sink sink
        message = "The backend closed the connection."
        try:
            await self.dialer.connect(upstream)
        except Exception as error:
            message = self.dialer.explain(error)
            # Not opened, or not in time: `lost` counts it.
            upstream.abort()
        except BaseException:
            upstream.abort()
            raise
        finally:
            self._dialing -= 1
        # Failed, or closed by the peer between the handshake and here.
        if upstream.state == UpstreamState.CLOSED:
            sink = self._next_waiting(True)
            if sink is not None:
                try:
                    sink.unavailable("BackendConnectionFailure", message, 500)
                except Exception:
                    # This task is nobody's but the pool's.
                    sink.break_down()
            self._dial_for_waiting()
            return
        self._hand_over(upstream, monotonic())

    cdef void proved(self, Upstream upstream):
        self.dialer.proved(upstream.transport)

    cdef void returned(self, Upstream upstream):
        cdef double now = monotonic()
        if self.retired or now - upstream.opened > self._lifetime or (
                self._waiting_fresh and self.opened >= self.limit):
            # In the last case `lost` opens a new one in its place, for who insists on that.
            upstream.abort()
        else:
            self._hand_over(upstream, now)

    cdef void _hand_over(self, Upstream upstream, double now):
        cdef Sink sink = self._next_waiting(upstream.requests == 0)
        if sink is not None:
            try:
                sink.connected(upstream)
            except Exception:
                # The connection may come from another request, which has no part in this.
                sink.break_down()
        elif self.retired:
            upstream.abort()
        else:
            self._idle.append(upstream)
            self._idle_deadlines.add_at(upstream, now)

    cdef void lost(self, Upstream upstream):
        self.opened -= 1
        try:
            self._idle.remove(upstream)
        except ValueError:
            pass
        self._dial_for_waiting()

    def retire(self):
        """No configuration names this pool any more: idle connections close now, busy ones when they are free."""
        cdef Upstream upstream
        self.retired = True
        while self._idle:
            upstream = <Upstream>self._idle.pop()
            upstream.abort()
