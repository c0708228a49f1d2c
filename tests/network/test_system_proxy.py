"""What is read of the operating system's settings."""

from __future__ import annotations

import sys
import urllib.request
from types import SimpleNamespace

import pytest

from planalign_orchestrator.network import routes as module

SCUTIL = """<dictionary> {
  HTTPSEnable : 0
  ProxyAutoConfigEnable : 1
  ProxyAutoConfigURLString : http://wpad.corp.example/proxy.pac
}"""


def test_macos_names_a_pac_file():
    assert module.pac_address_from_scutil(SCUTIL) == "http://wpad.corp.example/proxy.pac"
    assert module.pac_address_from_scutil(SCUTIL.replace("Enable : 1", "Enable : 0")) is None
    assert module.pac_address_from_scutil("<dictionary> {\n}") is None


def test_windows_settings_come_from_the_registry(monkeypatch):
    opened = []

    class Key:
        def __init__(self, root, path):
            opened.append((root, path))
            if "Policies" in path:
                raise FileNotFoundError(path)

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            return None

    registry = SimpleNamespace(
        HKEY_CURRENT_USER="user",
        HKEY_LOCAL_MACHINE="machine",
        OpenKey=Key,
        QueryValueEx=lambda _key, name: (f"http://wpad/{name}", 1),
    )
    monkeypatch.setattr(module.sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(urllib.request, "getproxies_registry", lambda: {"https": "http://p:1"}, raising=False)
    monkeypatch.setattr(urllib.request, "proxy_bypass_registry", lambda host: host == "inside", raising=False)

    system = module.system_proxy()

    assert system.name == "the Windows settings"
    assert system.proxies() == {"https": "http://p:1"}
    assert system.bypasses("inside")
    assert system.pac_address() == "http://wpad/AutoConfigURL"
    for_pac = opened[-3:]
    assert [root for root, path in for_pac if "Policies" in path] == ["user", "machine"], "group policy comes first"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="those keep settings of their own")
def test_elsewhere_the_environment_is_all_there_is():
    system = module.system_proxy()
    assert (dict(system.proxies()), system.bypasses("x"), system.pac_address()) == ({}, False, None)


def test_a_group_policy_for_the_whole_machine_comes_before_the_users_settings(monkeypatch):
    ordinary = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    values = {
        (r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings", "ProxySettingsPerUser"): 0,
        (ordinary, "ProxyEnable"): 1,
        (ordinary, "ProxyServer"): "http=plain:80;https=corp:8080",
        (ordinary, "ProxyOverride"): "*.corp.example;10.1.*;<local>",
    }

    class Key(SimpleNamespace):
        def __enter__(self):
            return self

        def __exit__(self, *_error):
            return None

    def query(key, name):
        if key.root != "machine" or (key.path, name) not in values:
            raise FileNotFoundError(name)
        return values[key.path, name], 1

    registry = SimpleNamespace(
        HKEY_CURRENT_USER="user",
        HKEY_LOCAL_MACHINE="machine",
        OpenKey=lambda root, path: Key(root=root, path=path),
        QueryValueEx=query,
    )
    monkeypatch.setattr(module.sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(urllib.request, "getproxies_registry", lambda: {"https": "http://of-the-user:1"}, raising=False)
    monkeypatch.setattr(urllib.request, "proxy_bypass_registry", lambda host: True, raising=False)

    system = module.system_proxy()

    assert system.proxies() == {"http": "plain:80", "https": "corp:8080"}
    exempt = {host: system.bypasses(host) for host in ("files.CORP.example", "10.1.2.3", "intranet", "corp.example")}
    assert exempt == {"files.CORP.example": True, "10.1.2.3": True, "intranet": True, "corp.example": False}
    values[ordinary, "ProxyEnable"] = 0
    assert (system.proxies(), system.bypasses("intranet")) == ({}, False)
    del values[r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings", "ProxySettingsPerUser"]
    assert (system.proxies(), system.bypasses("x")) == ({"https": "http://of-the-user:1"}, True)


@pytest.mark.parametrize(
    ("server", "proxies"),
    [
        ("corp:8080", {"all": "corp:8080"}),
        ("http://corp:8080", {"all": "http://corp:8080"}),
        ("https=corp:8080;socks=old:1080", {"https": "corp:8080", "socks": "socks://old:1080"}),
        ("", {}),
    ],
)
def test_what_windows_calls_a_proxy_server(server, proxies):
    assert module.proxies_in(server) == proxies
