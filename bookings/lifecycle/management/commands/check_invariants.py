"""manage.py check_invariants: proves that nothing is double-booked, lost or miscounted, no cent included, or says what is."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import get_public_schema_name, schema_context

from bookings.lifecycle.invariants import Certificate, certify
from pms.properties.models import Property
from pms.tenants.models import Organization


class Command(BaseCommand):
    """Prints a certificate for each property and exits 1 when anything does not hold."""

    help = "Recompute inventory, folios, payments, documents and books of every property, and print a certificate for each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the organization's slug; without one, every organization is checked."""
        parser.add_argument("--organization", metavar="SLUG", help="only this organization")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, print, and fail on any finding."""
        with schema_context(get_public_schema_name()):
            organizations = Organization.objects.exclude(schema_name=get_public_schema_name())
            if options["organization"]:
                organizations = organizations.filter(slug=options["organization"])
            found = list(organizations)
        if options["organization"] and not found:
            raise CommandError(f"There is no organization called {options['organization']}.")
        findings = 0
        for organization in found:
            with schema_context(organization.schema_name):
                for hotel in Property.objects.order_by("position", "pk"):
                    certificate = certify(property=hotel)
                    self._print(organization, certificate)
                    findings += len(certificate.findings)
        if findings:
            raise CommandError(f"{findings} finding{'s' if findings > 1 else ''}.", returncode=1)

    def _print(self, organization: Organization, certificate: Certificate) -> None:
        verdict = "everything holds" if certificate.clean else f"{len(certificate.findings)} findings"
        self.stdout.write(
            f"{organization.slug}/{certificate.property_code}  {certificate.property_name}, "
            f"business date {certificate.business_date}: {verdict}\n"
            f"  {certificate.units:,} units, {certificate.inventory_days:,} inventory days, "
            f"{certificate.reservations:,} reservations, {certificate.stay_nights:,} nights, "
            f"{certificate.occupancies:,} occupancies"
        )
        for finding in certificate.findings:
            self.stdout.write(f"  ! {finding.rule}: {finding.detail}")
