"""Innkeep's settings, all of them, read from the environment (config/env.py)."""

import logging
from datetime import timedelta
from typing import Any

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF

from config import checks  # noqa: F401 - what a production must have is checked from here on
from config.env import BASE_DIR, MODE, PRODUCTION, TEST, env, secret
from config.logging import configure_logging

django_stubs_ext.monkeypatch()

SECRET_KEY = secret("SECRET_KEY", "development-only-not-a-secret")
#: What secrets at rest are encrypted with, the newest key first (pms/kernel/encryption.py).
ENCRYPTION_KEYS = secret("ENCRYPTION_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1ub3QtYS1zZWNyZXQtLS0=").replace(" ", "").split(",")
DEBUG = env.bool("DEBUG", default=not PRODUCTION and not TEST)
VERSION = env.str("INNKEEP_VERSION", default="0.1.0")
BASE_DOMAIN = env.str("BASE_DOMAIN", default="localhost")
#: Hosts of the public site: the way in for staff, the platform's own back office.
PUBLIC_HOSTS = env.list("PUBLIC_HOSTS", default=[BASE_DOMAIN] if PRODUCTION else [BASE_DOMAIN, "127.0.0.1"])
#: How links in mails that no request stands behind reach a host: scheme and port, as browsers see them.
PUBLIC_SCHEME = "https" if PRODUCTION else "http"
PUBLIC_PORT = env.str("PUBLIC_PORT", default="" if PRODUCTION else env.str("PORT", default="8000"))
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if PRODUCTION else ["localhost", ".localhost", "127.0.0.1"])

# --- Applications -------------------------------------------------------------------------------
# An app is shared or tenant, never both: a table missing in a tenant would silently read the public
# one. Sessions and the list of a user's sessions are the exception: each host reads its own.
SHARED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.admin",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "django_structlog",
    "csp",
    "django_rq",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "pms.kernel",
    "pms.tenants",
    "pms.accounts",
    "pms.inbox",
    "pms.ops",
]
TENANT_APPS = [
    "django.contrib.sessions",
    "allauth.usersessions",
    "pms.audit",
    "pms.events",
    "pms.access",
    "pms.properties",
    "pms.branding",
    "pms.housekeeping",
    "guests.profiles",
    "billing.taxes",
    "billing.ledger",
    "bookings.availability",
    "bookings.rates",
    "bookings.reservations",
    "billing.folios",
    "billing.payments",
    "billing.invoices",
    "bookings.lifecycle",
    "bookings.funnel",
    "guests.messaging",
    "channels.connections",
    "channels.sync",
    "channels.calendars",
    "bookings.checkout",
    "bookings.website",
    "guests.portal",
    "pms.frontdesk",
    "pms.onboarding",
]
INSTALLED_APPS = [*SHARED_APPS, *[app for app in TENANT_APPS if app not in SHARED_APPS]]

MIDDLEWARE = [
    "pms.ops.middleware.ProbeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "pms.tenants.middleware.TenantMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pms.accounts.middleware.ActivityMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pms.kernel.middleware.DomainErrorMiddleware",
    "pms.access.middleware.AccessMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "pms.branding.context.guest_frame",
            ],
        },
    }
]

WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Tenancy ------------------------------------------------------------------------------------
TENANT_MODEL = "tenants.Organization"
TENANT_DOMAIN_MODEL = "tenants.Domain"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"
ROOT_URLCONF = "config.urls_tenant"
TENANT_LIMIT_SET_CALLS = True
GET_EXECUTOR_FUNCTION = "pms.tenants.migrating.get_executor"
SHOW_PUBLIC_IF_NO_TENANT_FOUND = False
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# --- Data stores --------------------------------------------------------------------------------
DATABASE: dict[str, Any] = env.db_url("DATABASE_URL", engine="config.database")
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **DATABASE,
        "ATOMIC_REQUESTS": False,
        # What the address says (a socket directory, sslmode), and how many milliseconds a lock is waited for.
        "OPTIONS": {**DATABASE.get("OPTIONS", {}), "options": "-c lock_timeout=8000 -c jit=off"},
        # A backend that has seen hundreds of schemas keeps their catalogues in memory: bound its life.
        "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE_SECONDS", default=300),
        "CONN_HEALTH_CHECKS": True,
    }
}
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "pms.kernel.caching.tenant_key",
        "TIMEOUT": 300,
    }
}
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 300, "SERIALIZER": "rq.serializers.JSONSerializer"}
    for name in ("default", "clock")
}
RQ = {"WORKER_CLASS": "config.rq.Worker"}
#: How long a worker that is told to stop waits for the job it is at, before the job goes back to the queue.
WORKER_PATIENCE_SECONDS = env.float("WORKER_PATIENCE_SECONDS", default=30.0 if PRODUCTION else 2.0)

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["pms.accounts.backends.MemberBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=1).total_seconds())
#: How many reverse proxies of our own stand before the application: the caller's address is looked up behind them.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)
ACCOUNT_ADAPTER = "pms.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC_SCHEME
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,20/15m/ip"}
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Innkeep"
# pms.accounts.middleware.ActivityMiddleware tracks it, without a write for every page.
USERSESSIONS_TRACK_ACTIVITY = False

# --- Mail ---------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Innkeep <noreply@innkeep.test>")
#: A provider's own interface instead of SMTP: one of django-anymail's backends, such as anymail.backends.postmark.EmailBackend.
if anymail_backend := env.str("ANYMAIL_BACKEND", default=""):
    EMAIL_BACKEND = anymail_backend
#: What anymail wants to know for that provider, as JSON: {"POSTMARK_SERVER_TOKEN": "..."}.
ANYMAIL = env.json("ANYMAIL_SETTINGS", default={})
#: What proves the provider's reports of bounces (docs/messages.md).
MAIL_WEBHOOK_SECRET = env.str("MAIL_WEBHOOK_SECRET", default="")

# --- Payment providers ----------------------------------------------------------------------------
#: Where the providers answer; a sandbox of the tests' own, or of theirs, is another address.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com")
RAZORPAY_API_BASE = env.str("RAZORPAY_API_BASE", default="https://api.razorpay.com")
PAYPAL_API_BASE = env.str("PAYPAL_API_BASE", default="https://api-m.paypal.com")
#: The platform's own key and webhook secrets at Stripe, for hotels that are its connected accounts.
STRIPE_PLATFORM_KEY = env.str("STRIPE_PLATFORM_KEY", default="")
STRIPE_CONNECT_WEBHOOK_SECRETS = env.list("STRIPE_CONNECT_WEBHOOK_SECRETS", default=[])

# --- Watching -----------------------------------------------------------------------------------
#: What opens /metrics; without it there are none (docs/operations.md).
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- Channels -----------------------------------------------------------------------------------
#: Where the channels answer; a sandbox is another address. Booking.com has hosts of its own for each purpose: then empty.
CHANNEL_BASES = {
    "channex": env.str("CHANNEX_API_BASE", default="https://app.channex.io/api/v1"),
    "bookingcom": env.str("BOOKINGCOM_API_BASE", default=""),
    "expedia": env.str("EXPEDIA_API_BASE", default="https://services.expediapartnercentral.com"),
    "airbnb": env.str("AIRBNB_API_BASE", default="https://api.airbnb.com"),
}
#: Whether calendars may be fetched from this very machine: for stand-ins in tests, never where strangers type addresses.
CALENDAR_ALLOW_LOOPBACK = env.bool("CALENDAR_ALLOW_LOOPBACK", default=False)
#: Whether organizations may connect channels at all; plans and organizations switch it off for themselves.
CHANNEL_MANAGER_ENABLED = env.bool("CHANNEL_MANAGER_ENABLED", default=True)

# --- Language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("lt", "Lietuvių"), ("de", "Deutsch")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["config.formats"]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]

# --- Files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var" / "staticfiles"))
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))
STORAGES = {
    "default": {"BACKEND": "django_tenants.files.storage.TenantFileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION

# --- Security -----------------------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- The two back offices -----------------------------------------------------------------------
#: The tokens of static/css/tokens.css as unfold's scales: ink and paper, and the one accent.
BACK_OFFICE_COLORS = {
    "base": {
        "50": "oklch(97.8% .005 90)",
        "100": "oklch(96.2% .006 90)",
        "200": "oklch(89.5% .007 260)",
        "300": "oklch(82% .01 260)",
        "400": "oklch(69% .012 260)",
        "500": "oklch(51% .018 260)",
        "600": "oklch(42% .02 260)",
        "700": "oklch(32% .014 260)",
        "800": "oklch(25% .013 260)",
        "900": "oklch(21.5% .012 260)",
        "950": "oklch(18% .011 260)",
    },
    "primary": {
        "50": "oklch(97% .015 195)",
        "100": "oklch(94% .03 195)",
        "200": "oklch(88% .055 193)",
        "300": "oklch(82% .085 191)",
        "400": "oklch(76% .105 190)",
        "500": "oklch(70% .11 191)",
        "600": "oklch(46% .095 195)",
        "700": "oklch(41% .085 195)",
        "800": "oklch(35% .07 195)",
        "900": "oklch(29% .055 195)",
        "950": "oklch(22% .04 195)",
    },
}
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Back office",
    "SITE_HEADER": "pms.access.sites.hotel_name",
    "SITE_SUBHEADER": "Back office",
    "SITE_URL": "/",
    "SITE_SYMBOL": "cottage",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/favicon.svg"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "COLORS": BACK_OFFICE_COLORS,
    "STYLES": ["/static/css/back-office.css"],
    "SIDEBAR": {"show_search": True, "navigation": "pms.access.sites.hotel_navigation"},
    "ACCOUNT": {
        "navigation": [
            {"title": "Front desk", "link": "/"},
            {"title": "Your account", "link": "/accounts/preferences/"},
        ]
    },
}
UNFOLD_PLATFORM: dict[str, Any] = {
    **UNFOLD,
    "SITE_TITLE": "Innkeep platform",
    "SITE_HEADER": "Innkeep",
    "SITE_SUBHEADER": "Platform",
    "SITE_SYMBOL": "domain",
    "SIDEBAR": {"show_search": False, "navigation": "pms.tenants.sites.platform_navigation"},
    "ACCOUNT": {"navigation": [{"title": "Your account", "link": "/accounts/preferences/"}]},
}

# --- Logs and errors ----------------------------------------------------------------------------
LOGGING = configure_logging(readable=not PRODUCTION, quiet=TEST)
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
# A proxy of our own may name the request; a stranger may not.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = env.bool("TRUST_UPSTREAM_REQUEST_ID", default=False)
CSRF_FAILURE_VIEW = "pms.ops.views.forbidden_csrf"
SILENCED_SYSTEM_CHECKS: list[str] = []
MODE_NAME = MODE
