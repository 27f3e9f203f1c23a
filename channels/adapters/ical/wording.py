"""What channels call a stay, a tentative stay and a closed night, in the languages they write their calendars in."""

import re

#: Begin or make up a summary that says: nobody may book here.
CLOSED = (
    *("not available", "unavailable", "blocked", "closed", "owner block", "maintenance"),
    *("indisponible", "non disponible", "bloqué", "fermé"),
    *("nicht verfügbar", "gesperrt", "blockiert", "geschlossen"),
    *("no disponible", "bloqueado", "bloqueada", "cerrado"),
    *("non disponibile", "bloccato", "bloccata", "chiuso"),
    *("niet beschikbaar", "geblokkeerd", "gesloten"),
    *("indisponível", "não disponível", "fechado"),
    *("ikke tilgjengelig", "ikke tilgængelig", "blokeret", "blokkert"),
    *("inte tillgänglig", "ej tillgänglig", "blockerad", "stängt"),
    *("ei saatavilla", "varaamaton", "estetty"),
    *("niedostępne", "niedostępny", "zablokowane", "nedostupné", "neprieinama", "užblokuota"),
)
#: Say that somebody has booked; a name may follow after a dash or a colon.
RESERVED = (
    *("reserved", "booked", "reservation", "booking", "occupied", "busy"),
    *("réservée", "réservé", "réservation", "occupé"),
    *("reserviert", "gebucht", "reservierung", "buchung", "belegt"),
    *("reservado", "reservada", "reservación", "reserva", "ocupado"),
    *("riservato", "riservata", "prenotato", "prenotata", "prenotazione", "occupato"),
    *("gereserveerd", "geboekt", "reservering", "boeking", "bezet"),
    *("reserveret", "reservert", "bestilt", "reserverad", "bokad", "bokning"),
    *("varattu", "varaus", "zarezerwowane", "zarezerwowany", "rezerwacja", "rezervováno", "rezervuota", "rezervacija"),
    *("confirmed", "confirmé", "bestätigt", "confirmado", "confermato", "bevestigd"),
)
#: Say that somebody wants to book and holds the nights.
TENTATIVE = (
    *("tentative", "provisional", "pending", "option", "on hold", "request"),
    *("provisoire", "en attente", "provisorisch", "vorläufig", "ausstehend", "anfrage"),
    *("pendiente", "provvisoria", "provvisorio", "in attesa", "voorlopig", "in afwachting"),
    *("provisório", "provisória", "pendente", "foreløbig", "preliminär", "alustava", "wstępna", "preliminari"),
)
#: Say that somebody comes or leaves: an event of its own in calendars that write three for each stay.
ARRIVALS = ("check-in", "check in", "checkin", "arrival", "anreise", "arrivée", "llegada", "arrivo", "aankomst")
DEPARTURES = ("check-out", "check out", "checkout", "departure", "abreise", "départ", "salida", "partenza", "vertrek")

#: What may stand between such a word and a name.
_AFTER = re.compile(r"[\s:–—|,()-]+")  # noqa: RUF001 - the dashes that channels write


def begins_with(summary: str, words: tuple[str, ...]) -> str | None:
    """Return what follows one of the words at the beginning of a summary, or None where it begins with none of them."""
    folded = summary.casefold()
    for word in sorted(words, key=len, reverse=True):
        if folded.startswith(word) and not folded[len(word) :][:1].isalnum():
            rest = summary[len(word) :]
            between = _AFTER.match(rest)
            return rest[between.end() if between else 0 :].rstrip(" )")
    return None
