"""Loopback: the addresses of this machine alone."""

import ipaddress


class NotLoopback(Exception):
    """Without identity and permissions the application is served on loopback alone."""


def refuse_other_than_loopback(host: str) -> None:
    """Refuse to be served on any address that other machines can reach. Raises NotLoopback."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise NotLoopback(
            f"{host} is not a loopback address. There are no identities and permissions yet,"
            " so Fundtrail serves 127.0.0.1, ::1 or localhost only."
        )
