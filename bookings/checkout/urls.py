from django.urls import path

from bookings.checkout.views import choosing, paying, steps

app_name = "checkout"
urlpatterns = [
    path("property/<str:code>/book/", choosing.book, name="book"),
    path("calculate-price/", choosing.calculate_price, name="calculate_price"),
    path("checkout/<str:token>/", steps.resume, name="resume"),
    path("checkout/<str:token>/extras/", steps.extras, name="extras"),
    path("checkout/<str:token>/guest/", steps.guest, name="guest"),
    path("checkout/<str:token>/payment/", paying.payment, name="payment"),
    path("checkout/<str:token>/payment/go/", paying.go, name="go"),
    path("checkout/<str:token>/confirmed/", steps.confirmed, name="confirmed"),
    path("checkout/<str:token>/renew/", steps.renew, name="renew"),
    path("checkout/<str:token>/retake/", steps.retake, name="retake"),
    path("payment/success/<str:token>/", paying.success, name="success"),
    path("payment/cancel/<str:token>/", paying.cancel, name="cancel"),
]
