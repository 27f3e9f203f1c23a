"""The pages about people and roles."""

from django.urls import reverse

from pms.access.models import Grant, Role
from pms.access.permissions import PERMISSIONS
from pms.access.selectors import permission_matrix
from pms.accounts.models import Invitation


def path(name, *args):
    return reverse(f"access:{name}", urlconf="config.urls_tenant", args=args)


def test_matrix_is_the_registry(client_for, hotel_a, mia):
    body = client_for(mia, hotel_a).get(path("matrix")).content.decode()
    assert all(permission.code in body for permission in PERMISSIONS)
    assert "New role" not in body


def test_matrix_costs_the_same_for_one_and_for_many(in_tenant, olivia, django_assert_num_queries):
    for count in (0, 3):
        for number in range(count):
            Role.objects.create(code=f"role-{number}", name=f"Role {number}", permissions=["desk.view"])
            Grant.objects.create(user=olivia, role=Role.objects.get(code=f"role-{number}"))
        with django_assert_num_queries(5):
            matrix = permission_matrix()
    assert len(matrix.roles) == 9


def test_role_is_made_changed_and_removed(client_for, hotel_a, olivia, in_tenant):
    client = client_for(olivia, hotel_a)
    client.post(path("role_new"), {"name": "Night porter", "permissions": ["desk.view"]})
    assert Role.objects.get(code="night_porter").permissions == ["desk.view"]
    client.post(path("role", "night_porter"), {"name": "Porter", "permissions": ["desk.view", "night_audit.run"]})
    assert Role.objects.get(code="night_porter").name == "Porter"
    client.post(path("role_remove", "night_porter"))
    assert not Role.objects.filter(code="night_porter").exists()


def test_refused_role_says_why(client_for, hotel_a, olivia):
    answer = client_for(olivia, hotel_a).post(path("role", "manager"), {"name": "Boss", "permissions": []})
    assert answer.status_code == 422
    assert "comes with Innkeep" in answer.content.decode()


def test_invited_from_the_page(client_for, hotel_a, mia, in_tenant):
    answer = client_for(mia, hotel_a).post(path("invite"), {"email": "greta@hotel-a.test", "role": "front_desk"})
    assert answer.status_code == 302
    invitation = Invitation.objects.get()
    assert invitation.base_url == "http://hotel-a.localhost/"
    body = client_for(mia, hotel_a).get(path("matrix")).content.decode()
    assert "http://hotel-a.localhost/access/join/" in body
    client_for(mia, hotel_a).post(path("invitation_withdraw", invitation.public_id))
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None


def test_role_is_given_and_taken_on_the_persons_page(client_for, hotel_a, mia, felix, in_tenant):
    client = client_for(mia, hotel_a)
    client.post(path("person", felix.public_id), {"role": "accountant"})
    assert Grant.objects.filter(user=felix, role__code="accountant", ended_at=None).exists()
    client.post(path("grant_end", felix.public_id), {"role": "accountant", "property_code": ""})
    assert not Grant.objects.filter(user=felix, role__code="accountant", ended_at=None).exists()


def test_refused_button_says_why_on_the_page_one_was_on(client_for, hotel_a, mia, olivia):
    answer = client_for(mia, hotel_a).post(path("leave", olivia.public_id), follow=True)
    assert "You can only give or take what you may do there yourself" in answer.content.decode()


def test_home_leads_to_where_the_work_is(client_for, hotel_a, olivia, hana, in_tenant):
    assert client_for(None, hotel_a).get("/").status_code == 200
    assert client_for(olivia, hotel_a).get("/")["Location"] == "/hotel-admin/"
    assert "nobody has given you a role" in client_for(hana, hotel_a).get("/").content.decode()


def test_home_of_a_running_house_is_the_desk(client_for, hotel_a, hana, property_a):
    assert client_for(hana, hotel_a).get("/")["Location"] == "/desk/"
