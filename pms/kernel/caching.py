"""Cache keys carry the tenant, so that no organization can read another's."""

from pms.kernel.tenancy import current_schema


def tenant_key(key: str, key_prefix: str, version: int) -> str:
    """Return the key as stored: schema, prefix, version, key."""
    return f"{current_schema()}:{key_prefix}:{version}:{key}"
