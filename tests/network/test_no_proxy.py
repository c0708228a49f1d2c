"""Which hosts need no proxy, by curl's rules."""

from __future__ import annotations

import pytest

from planalign_orchestrator.network.routes import matching_entry, split_no_proxy


@pytest.mark.parametrize(
    ("host", "entries", "exempt"),
    [
        ("anything.example", "*", True),
        ("example.com", "example.com", True),
        ("www.example.com", "example.com", True),
        ("www.example.com", ".example.com", True),
        ("example.com", ".example.com", True),
        ("EXAMPLE.com.", "Example.COM.", True),
        ("notexample.com", "example.com", False),
        ("example.com.org", "example.com", False),
        ("scorpion.com", "corp", False),
        ("files.corp", "corp", True),
        ("www.example.com", "*.example.com", False),  # curl: the only wildcard is a single *
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("192.168.1.9", "192.168.1.9", True),
        ("192.168.1.90", "192.168.1.9", False),
        ("192.168.17.9", "192.168.16.1/20", True),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("fe80::1%eth0", "fe80::/10", True),
        ("2001:db8::5", "2001:db8::/32", True),
        ("10.1.2.3", "2001:db8::/32", False),
        ("10.1.2.3", "10.1.2", False),
        ("10.example.com", "10.0.0.0/8", False),
        ("example.com", "example.com:443", True),
        ("example.com", "example.com:8443", False),
        ("www.example.com", ".example.com:443", True),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "10.1.2.3:80", False),
        ("::1", "[::1]:443", True),
        ("::1", "[::1]:80", False),
        ("example.com", "", False),
        ("example.com", ".", False),
        ("c.example", "a.example, b.example c.example", True),
    ],
)
def test_exemption(host, entries, exempt):
    assert (matching_entry(host, 443, split_no_proxy(entries)) is not None) is exempt
