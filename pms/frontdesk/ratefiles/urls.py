"""Below /desk/rates/. One URL per operation."""

from django.urls import URLPattern, path

from pms.frontdesk.ratefiles import changes, exporting, importing

urlpatterns: list[URLPattern] = [
    path("changes/", changes.changes, name="rate-changes"),
    path("changes/<int:change>/", changes.change, name="rate-change"),
    path("changes/<int:change>/publish/", changes.publish, name="rate-change-publish"),
    path("changes/<int:change>/roll-back/", changes.roll_back, name="rate-change-roll-back"),
    path("changes/<int:change>/discard/", changes.discard, name="rate-change-discard"),
    path("import/", importing.receive, name="rate-import"),
    path("import/<uuid:file>/", importing.file, name="rate-file"),
    path("import/<uuid:file>/save/", importing.save, name="rate-file-save"),
    path("import/<uuid:file>/report/", importing.report, name="rate-file-report"),
    path("export/", exporting.choose, name="rate-export"),
    path("export/file/", exporting.send, name="rate-export-file"),
]
