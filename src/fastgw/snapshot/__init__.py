"""What the gateway serves from: built whole from a configuration, never changed afterwards."""

from fastgw.snapshot.snapshot import ConnectionSettings, ListenerTls, Snapshot

__all__ = ["ConnectionSettings", "ListenerTls", "Snapshot"]
