"""Loopback: the addresses that only this machine can reach."""

import ipaddress


class NotLoopback(Exception):
    """The address is not on loopback, and nothing says who calls from elsewhere."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach *host*."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_other_than_loopback(host: str) -> None:
    """Refuse a *host* that other machines can reach. Raises NotLoopback."""
    if not is_loopback(host):
        raise NotLoopback(f"{host} is not a loopback address. The demo is served only on 127.0.0.1, ::1 or localhost.")
