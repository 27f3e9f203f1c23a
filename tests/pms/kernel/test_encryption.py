"""Secrets at rest: any key opens, the newest closes, and a rotation leaves nothing behind."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from pms.kernel import encryption
from pms.kernel.encryption import UndecipherableError, decrypt, encrypt, is_current, reencrypt, unusable_keys

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_it_works(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = encrypt("sk_live_é")
    assert "sk_live" not in sealed
    assert decrypt(sealed) == "sk_live_é"
    assert encrypt("sk_live_é") != sealed


def test_older_key_still_opens_and_newest_closes(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = encrypt("secret")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert (decrypt(sealed), is_current(sealed)) == ("secret", False)
    renewed = reencrypt(sealed)
    settings.ENCRYPTION_KEYS = [NEW]
    assert (decrypt(renewed), is_current(renewed)) == ("secret", True)


@pytest.mark.parametrize("open_it", [decrypt, reencrypt])
def test_without_its_key_it_stays_shut(settings, open_it):
    settings.ENCRYPTION_KEYS = [OLD]
    sealed = encrypt("secret")
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(UndecipherableError):
        open_it(sealed)


def test_what_is_no_key_is_counted():
    assert unusable_keys([OLD, "short", "ä"]) == 2


def test_command_renews_every_organizations_secrets(settings, in_tenant, property_a, capsys, monkeypatch):
    settings.ENCRYPTION_KEYS = [OLD]
    monkeypatch.setattr(encryption, "_columns", [encryption.SealedColumn("properties.Property", "house_rules")])
    property_a.property.house_rules = encrypt("secret")
    property_a.property.save()
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reencrypt")
    call_command("reencrypt")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["1", "0"]
    settings.ENCRYPTION_KEYS = [NEW]
    property_a.property.refresh_from_db()
    assert decrypt(property_a.property.house_rules) == "secret"
