"""Asks a proxy which ways to sign on it offers; the HTTP library does not tell."""

from __future__ import annotations

import http.client
import ssl

from planalign_orchestrator.network.addresses import ProxyAddress, Target


def offered_schemes(proxy: ProxyAddress, target: Target, context: ssl.SSLContext | None, timeout: float) -> list[str]:
    """The names of the sign-on schemes, such as ``Basic`` or ``NTLM``; empty when the proxy does not say.

    Args:
        proxy: asked without credentials.
        target: for which a connection is asked.
        context: for a proxy that speaks TLS itself.
        timeout: in seconds.
    """
    connection = (
        http.client.HTTPSConnection(proxy.host, proxy.port, timeout=timeout, context=context)
        if context is not None
        else http.client.HTTPConnection(proxy.host, proxy.port, timeout=timeout)
    )
    place = f"[{target.host}]:{target.port}" if ":" in target.host else f"{target.host}:{target.port}"
    try:
        connection.request("CONNECT", place, headers={"Host": place})
        offers = connection.getresponse().headers.get_all("Proxy-Authenticate") or []
    except (OSError, http.client.HTTPException):  # the 407 is known; this would only have said more about it
        return []
    finally:
        connection.close()
    return list(dict.fromkeys(name for offer in offers for name in _schemes_in(offer)))


def _schemes_in(offer: str) -> list[str]:
    # A header may hold several: `Basic realm="a, b", NTLM`. A scheme is a word that no `=` follows.
    outside_quotes = "".join(offer.split('"')[::2])
    words = [part.strip().partition(" ")[0] for part in outside_quotes.split(",")]
    return [word for word in words if word and "=" not in word]
