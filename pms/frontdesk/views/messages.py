"""What guests ask and what they were written: the questions that wait, and marking one as answered."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from guests.messaging.models import Question
from guests.messaging.selectors import open_questions
from guests.messaging.services import question_answer
from pms.frontdesk.desk import DeskRequest, desk_page
from pms.frontdesk.views.common import back_url, changed
from pms.kernel.errors import Missing

#: More than a desk can answer in a day; the rest comes up as these are done.
SHOWN = 100


@require_safe
@desk_page("desk.view")
def questions(request: DeskRequest) -> HttpResponse:
    """Show the questions that wait for an answer at the chosen property, the oldest first."""
    waiting = open_questions(property_ids=[request.desk.property.pk])[:SHOWN]
    return render(request, "frontdesk/questions.html", {"questions": waiting, "place": request.desk.property})


@require_POST
@desk_page("reservation.change")
def question_answered(request: DeskRequest, question: UUID) -> HttpResponse:
    """Mark a question as answered."""
    row = Question.objects.filter(code=question).select_related("booking__property").first()
    if row is None or row.booking.property_id not in {place.pk for place in request.desk.properties}:
        raise Missing("no_such_question", "There is no such question.")
    request.desk.require("reservation.change", row.booking.property)
    question_answer(question=row, actor=request.desk.actor)
    to = back_url(request, reverse("desk:booking", args=[row.booking.code]))
    return changed(request, message="The question is answered.", to=to, **{"reservation:changed": {"code": ""}})
