"""Whom a connection trusts: nobody by default but the system, more by settings, one by pin, never everybody."""

from __future__ import annotations

import datetime as dt
import ssl
import sys

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from planalign_orchestrator.errors import ConfigurationError, NetworkError
from planalign_orchestrator.network.trust import Certificate

from .conftest import CENSUS
from .loopback import sends_file, server_tls

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)


@pytest.fixture
def self_signed(tmp_path) -> tuple[ssl.SSLContext, str]:
    """A server's TLS settings with a certificate that it signed itself, and its fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "appliance")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(LONG_AGO)
        .not_valid_after(dt.datetime(2100, 1, 1, tzinfo=dt.timezone.utc))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "self.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, certificate.fingerprint(hashes.SHA256()).hex()


def _error(client, server, tmp_path, **settings) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        client(attempts=4, **settings).fetch(server.url(), tmp_path / "census.csv")
    assert server.requests == [], "nothing may be sent to a server that is not trusted"
    assert "times" not in caught.value.message, "a certificate does not get better by asking again"
    return caught.value


def test_a_private_authority_is_trusted_only_when_it_is_named(running_server, client, tmp_path):
    server = running_server(sends_file(CENSUS, None))
    error = _error(client, server, tmp_path, ca_bundle=None)
    assert "issued by" in error.message and "Test Authority" in error.message
    assert "network.ca_bundle" in error.remedy
    assert client().fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="their stores cannot be changed for a test")
def test_the_store_of_the_system_is_trusted_by_default(running_server, client, bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))  # where OpenSSL finds the system's; the client sees no variable
    server = running_server(sends_file(CENSUS, None))
    assert client(ca_bundle=None).fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


def test_a_folder_of_certificates_in_both_formats(running_server, client, authority, inspector, bundle, tmp_path):
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "authority.cer").write_bytes(ssl.PEM_cert_to_DER_cert(bundle.read_text()))
    inspector.cert_pem.write_to_path(str(folder / "inspection.crt"))
    (folder / "README.txt").write_text("not a certificate")
    settings = {"ca_bundle": None, "certificates_directory": str(folder)}
    for ca in (authority, inspector):
        server = running_server(sends_file(CENSUS, None), certificate=ca.issue_cert("localhost"))
        assert client(**settings).fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_what_the_company_set_for_other_tools_counts(running_server, client, bundle, tmp_path, name):
    server = running_server(sends_file(CENSUS, None))
    chosen = client(ca_bundle=None, environment={name: str(bundle)})
    assert chosen.fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


def test_an_expired_certificate(running_server, client, authority, tmp_path):
    old = authority.issue_cert("localhost", not_before=LONG_AGO, not_after=LONG_AGO + dt.timedelta(days=9))
    error = _error(client, running_server(sends_file(CENSUS, None), certificate=old), tmp_path)
    assert "expired on 2020-01-10" in error.message
    assert "clock" in error.remedy


def test_a_certificate_of_the_future(running_server, client, authority, tmp_path):
    new = authority.issue_cert("localhost", not_before=dt.datetime(2090, 1, 1), not_after=dt.datetime(2091, 1, 1))
    error = _error(client, running_server(sends_file(CENSUS, None), certificate=new), tmp_path)
    assert "not valid before 2090-01-01" in error.message


def test_a_certificate_for_another_name(running_server, client, authority, tmp_path):
    other = authority.issue_cert("intranet.example", "*.portal.example")
    error = _error(client, running_server(sends_file(CENSUS, None), certificate=other), tmp_path)
    assert "is for intranet.example, *.portal.example and not for localhost" in error.message


def test_a_self_signed_server_is_refused_until_it_is_pinned(running_server, client, self_signed, tmp_path):
    context, fingerprint = self_signed
    server = running_server(sends_file(CENSUS, None))
    server.tls = context
    error = _error(client, server, tmp_path)
    assert f"signed itself (SHA-256 {fingerprint})" in error.message
    assert f"{{localhost: {fingerprint}}}" in error.remedy

    for key in ("localhost", "LOCALHOST", f"localhost:{server.port}"):
        pins = {key: ":".join(fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()}
        path = client(ca_bundle=None, pinned_certificates=pins).fetch(server.url(), tmp_path / "census.csv")
        assert path.read_bytes() == CENSUS


def test_a_pin_holds_against_a_certificate_that_would_be_trusted(running_server, client, self_signed, tmp_path):
    server = running_server(sends_file(CENSUS, None))
    error = _error(client, server, tmp_path, pinned_certificates={"localhost": self_signed[1]})
    assert f"pinned is {self_signed[1]}" in error.message
    assert "somebody is in between" in error.remedy


def test_a_pin_for_one_server_says_nothing_about_another(running_server, client, self_signed, tmp_path):
    server = running_server(sends_file(CENSUS, None))
    server.tls = self_signed[0]
    _error(client, server, tmp_path, pinned_certificates={"other.example": self_signed[1]})
    _error(client, server, tmp_path, pinned_certificates={f"localhost:{server.port + 1}": self_signed[1]})


def test_a_pin_works_through_a_proxy_that_speaks_tls(
    running_server, running_proxy, client, self_signed, authority, tmp_path
):
    server = running_server(sends_file(CENSUS, None))
    server.tls = self_signed[0]
    proxy = running_proxy(tls=server_tls(authority.issue_cert("localhost")))
    place, way = f"localhost:{server.port}", f"https://localhost:{proxy.port}"
    wrong = _error(client, server, tmp_path, proxy=way, pinned_certificates={place: "0" * 64})
    assert "pinned is 000" in wrong.message
    right = client(proxy=way, pinned_certificates={place: self_signed[1]})
    assert right.fetch(server.url(), tmp_path / "census.csv").read_bytes() == CENSUS


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_tls_version_is_refused(running_server, client, authority, tmp_path):
    server = running_server(sends_file(CENSUS, None))
    server.tls.minimum_version = ssl.TLSVersion.TLSv1
    server.tls.maximum_version = ssl.TLSVersion.TLSv1_1
    server.tls.set_ciphers("ALL:@SECLEVEL=0")
    error = _error(client, server, tmp_path)
    assert "TLS handshake failed" in error.message
    assert "1.2 or newer" in error.remedy


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_bundle_that_is_none(running_server, client, tmp_path, content):
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_bytes(content)
    server = running_server(sends_file(CENSUS, None))
    with pytest.raises(ConfigurationError, match=r"network\.ca_bundle"):
        client(ca_bundle=str(path)).fetch(server.url(), tmp_path / "census.csv")


def test_a_folder_without_certificates(running_server, client, tmp_path):
    server = running_server(sends_file(CENSUS, None))
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "absent"):
        with pytest.raises(ConfigurationError, match=r"network\.certificates_directory"):
            client(certificates_directory=str(tmp_path / folder)).fetch(server.url(), tmp_path / "census.csv")


@pytest.mark.parametrize(
    ("names", "host", "covered"),
    [
        (("a.example",), "A.EXAMPLE.", True),
        (("*.example",), "a.example", True),
        (("*.example",), "a.b.example", False),
        (("*.example",), "example", False),
        (("127.0.0.1",), "127.0.0.1", True),
        (("127.0.0.1",), "127.0.0.2", False),
        (("0:0:0:0:0:0:0:1",), "::1", True),
        ((), "a.example", False),
    ],
)
def test_which_hosts_a_certificate_covers(names, host, covered):
    assert Certificate("s", "i", names, 0, 1, "").covers(host) is covered
