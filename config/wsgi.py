"""The WSGI entry point (gunicorn's gthread workers: tenant state is bound to the thread), loaded before they are forked."""

import os

from django.core.wsgi import get_wsgi_application

from config.warming import warm

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
warm()
