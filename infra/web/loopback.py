"""Loopback: the addresses that only this machine can reach."""

import ipaddress


class NotLoopback(Exception):
    """The address is not on loopback. Without identities and permissions, Fundtrail is served only on loopback."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach *host*."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_other_than_loopback(host: str) -> None:
    """Refuse a *host* that other machines can reach. Raises NotLoopback."""
    if not is_loopback(host):
        raise NotLoopback(
            f"{host} is not a loopback address. Fundtrail has no identities and permissions yet,"
            " so it is served only on 127.0.0.1, ::1 or localhost."
        )
