"""manage.py import_bookings: two hotels and their bookings out of the hotel booking demand file."""

import csv
import sys
from argparse import ArgumentTypeError
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django_tenants.utils import get_public_schema_name, schema_context

from pms.accounts.models import Membership
from pms.accounts.selectors import invitation_url, invitations_here
from pms.kernel.actors import Actor
from pms.kernel.errors import DomainError
from pms.onboarding.bookings_csv import BookingFile, read_bookings
from pms.onboarding.bookings_import import ZONE, ImportPlan, import_plan, import_write, imported_before
from pms.onboarding.organizations import organization_opened
from pms.onboarding.progress import ProgressLine
from pms.onboarding.rate_lessons import Lesson, lesson_judge, lessons_learn, lessons_write
from pms.onboarding.replay import Replay
from pms.tenants.models import Organization


class Command(BaseCommand):
    help = (
        "Import the bookings of the hotel booking demand file (CSV, plain or gzipped) into an organization, which is "
        "made if there is none. Everything is written in one transaction; the same file a second time changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """File, organization, and the day to show."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--name", help="the organization's name if it has to be made; its slug if absent")
        parser.add_argument("--admin-email", metavar="EMAIL", help="who is invited as its administrator if it is made")
        parser.add_argument(
            "--replay-to",
            type=_day,
            metavar="DATE|today",
            help="show the hotels as they stood on the day of the data that is nearest to 17 May 2017 by whole weeks",
        )
        parser.add_argument(
            "--learn-rates",
            action="store_true",
            help="fit seasons, weekdays, plans and channels to the prices paid, write them as rules, say how far off they are",
        )
        parser.add_argument("--rejects", type=Path, metavar="PATH", help="where the rows that make no sense are listed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, plan, write, report."""
        progress = ProgressLine(sys.stderr, silent=options["verbosity"] == 0)
        path: Path = options["file"]
        slug: str = options["organization"]
        actor = Actor.system("import_bookings")
        plan: ImportPlan | None = None
        lessons: list[Lesson] = []
        taught = 0
        try:
            progress(f"reading {path.name}", 0, 0)
            file = read_bookings(path)
            before = self._before(slug, file)
            if before is None:
                progress("giving the stays their rooms", 0, 0)
                plan = import_plan(file=file, replay=Replay.to(options["replay_to"]) if options["replay_to"] else None)
            if options["learn_rates"]:
                day = plan.business_date if plan else before
                lessons = lessons_learn(file=file, business_date=day, progress=progress) if day else []
            if plan is not None or lessons:
                opened = organization_opened(
                    slug=slug, name=options["name"] or slug, actor=actor, admin_email=options["admin_email"]
                )
                with opened:
                    if plan is not None:
                        import_write(plan=plan, name=path.name, actor=actor, progress=progress)
                    taught = lessons_write(lessons=lessons, origin=path.name, actor=actor)
        except DomainError as error:
            raise CommandError(error.message) from error
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            raise CommandError(f"The database refused the import and nothing was written: {reason}") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped, and nothing was written.") from None
        finally:
            progress.end()
        if plan is not None:
            self._report(slug, file, plan, self._rejects(file, options["rejects"]))
            self._way_in(slug)
        for lesson in lessons:
            self._judge(slug, lesson, fresh=taught > 0)

    def _way_in(self, slug: str) -> None:
        """Say how the first person gets in, while nobody works for the organization."""
        with schema_context(get_public_schema_name()):
            if Membership.objects.filter(organization__slug=slug, ended_at=None).exists():
                return
            schema = Organization.objects.get(slug=slug).schema_name
        with schema_context(schema):
            invitation = invitations_here().filter(accepted_at=None, revoked_at=None).first()
        if invitation is None:
            self.stdout.write("Nobody can sign in to it: an organization made with --admin-email invites somebody.")
        else:
            self.stdout.write(f"{invitation.email} is invited as its administrator: {invitation_url(invitation)}")

    def _before(self, slug: str, file: BookingFile) -> date | None:
        """Return the business date with which the file was imported before, and say so; None when it was not."""
        with schema_context(get_public_schema_name()):
            organization = Organization.objects.filter(slug=slug).first()
        if organization is None:
            return None
        with schema_context(organization.schema_name):
            before = imported_before(fingerprint=file.fingerprint)
        if before is None:
            return None
        business_date: str = before.changes["business_date"][1]
        self.stdout.write(
            f"{file.name} was imported into {slug} on {before.at:%-d %B %Y at %H:%M} UTC, with "
            f"{business_date} as its business date. Nothing was changed."
        )
        return date.fromisoformat(business_date)

    def _judge(self, slug: str, lesson: Lesson, *, fresh: bool) -> None:
        """Say what was learned, and how far it is from what was paid."""
        write, rates = self.stdout.write, lesson.rates
        with schema_context(get_public_schema_name()):
            schema = Organization.objects.get(slug=slug).schema_name
        with schema_context(schema):
            found, agreement = lesson_judge(lesson)
        write(
            f"{lesson.name} ({lesson.code}): {'learned' if fresh else 'had learned before, nothing was changed:'} "
            f"{len(rates.starts)} seasons a year, {len(rates.base_minor)} room types, {len(rates.plans)} plans, "
            f"{len(rates.sources)} channels"
        )
        write(f"  {'median error of the price of a night':<40}{'stays':>8}{'learned':>10}{'monthly mean':>15}")
        for each in found:
            write(f"  {each.question:<40}{each.asked:>8,}{each.learned:>8.1f} %{each.mean:>13.1f} %")
        write(
            f"  The quote and the fit agree on {agreement.nights_alike:,} of "
            f"{agreement.nights_alike + agreement.nights_apart:,} nights of {agreement.stays:,} stays."
        )

    def _rejects(self, file: BookingFile, path: Path | None) -> Path | None:
        if not file.rejects:
            return None
        target = path or Path(f"{file.name}.rejects.csv")
        try:
            with target.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(["line", "reason", "row"])
                writer.writerows([reject.line, reject.reason, reject.text] for reject in file.rejects)
        except OSError as error:
            self.stderr.write(f"The list of rejects could not be written to {target}: {error.strerror}.")
            return None
        return target

    def _report(self, slug: str, file: BookingFile, plan: ImportPlan, rejects: Path | None) -> None:
        write = self.stdout.write
        write(f"{file.name} is in {slug}; its business date is {plan.business_date:%A, %-d %B %Y}.")
        for hotel in plan.hotels:
            write(
                f"  {hotel.name} ({hotel.code}): {len(hotel.units):,} rooms of {len(hotel.room_types)} types, "
                f"{len(hotel.stays):,} bookings"
            )
        for stands, count in sorted(plan.standing.items(), key=lambda item: -item[1]):
            write(f"  {count:>9,}  {stands.value}")
        write(f"  {plan.overbooked:>9,}  of the confirmed ones sold beyond the rooms: overbooked, unassigned, listed")
        write(
            f"{plan.rows:,} rows = {plan.imported:,} imported + {plan.rejected:,} rejected + {plan.not_made:,} not made yet"
        )
        for note, count in sorted(file.notes.items(), key=lambda item: -item[1]):
            write(f"  {count:>9,}  {note.value}")
        if rejects is not None:
            write(f"The rejected rows, with line and reason: {rejects}")


def _day(text: str) -> date:
    if text == "today":
        return datetime.now(ZONE).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is neither a date such as 2026-11-20 nor today") from None
    if not 2000 <= day.year <= 2100:
        raise ArgumentTypeError(f"{text} is too far away: choose a date between 2000 and 2100")
    return day
