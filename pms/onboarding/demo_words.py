"""What the demo's organizations, houses, rooms and pictures say in Lithuanian and German, by what they say in English."""

from typing import Final

#: A brand's tagline and what it says about itself, by the organization's slug: English, Lithuanian, German.
BRANDS: Final = {
    "lusitania": (
        ("Two houses by the water", "Du namai prie vandens", "Zwei Häuser am Wasser"),
        (
            "A city hotel above the Tagus and a resort on the cliffs of the Algarve, run by one family of hoteliers.",
            "Miesto viešbutis virš Težo ir kurortas ant Algarvės uolų, prižiūrimi vienos viešbutininkų šeimos.",
            "Ein Stadthotel über dem Tejo und eine Anlage auf den Klippen der Algarve, geführt von einer Hoteliersfamilie.",
        ),
    ),
    "baltic": (
        ("At home in old Vilnius", "Kaip namie Vilniaus senamiestyje", "Zu Hause im alten Vilnius"),
        (
            "Apartments in three old houses, each with a kitchen and a key that is a code.",
            "Apartamentai trijuose senuose namuose, kiekvienas su virtuve, o raktą atstoja kodas.",
            "Apartments in drei alten Häusern, jedes mit Küche und einem Code als Schlüssel.",
        ),
    ),
}
#: Amenities by code: English, Lithuanian, German.
AMENITIES: Final = {
    "wifi": ("Free Wi-Fi", "Nemokamas „Wi-Fi“", "Kostenloses WLAN"),
    "breakfast": ("Breakfast", "Pusryčiai", "Frühstück"),
    "parking": ("Parking", "Automobilių stovėjimo vieta", "Parkplatz"),
    "lift": ("Lift", "Liftas", "Aufzug"),
    "pets": ("Small dogs welcome", "Galima su mažais šunimis", "Kleine Hunde willkommen"),
    "pool": ("Pools", "Baseinai", "Pools"),
    "spa": ("Spa", "SPA", "Spa"),
    "garden": ("Gardens", "Sodai", "Gärten"),
    "courtyard": ("Courtyard", "Kiemas", "Innenhof"),
    "code-entry": ("Entry by code, at any hour", "Įėjimas su kodu bet kuriuo metu", "Zugang per Code, rund um die Uhr"),
    "air-conditioning": ("Air conditioning", "Oro kondicionierius", "Klimaanlage"),
    "kitchen": ("Kitchen", "Virtuvė", "Küche"),
    "washing-machine": ("Washing machine", "Skalbimo mašina", "Waschmaschine"),
    "desk": ("Desk", "Rašomasis stalas", "Schreibtisch"),
    "shower": ("Shower", "Dušas", "Dusche"),
    "bath": ("Bath", "Vonia", "Badewanne"),
    "balcony": ("Balcony", "Balkonas", "Balkon"),
    "terrace": ("Terrace", "Terasa", "Terrasse"),
    "sea-view": ("Sea view", "Vaizdas į jūrą", "Meerblick"),
    "cot": ("Cot possible", "Galima kūdikio lovelė", "Babybett möglich"),
}
#: What a house has, by its code.
IN_HOUSE: Final = {
    "LIS": ("wifi", "breakfast", "parking", "lift", "pets", "spa"),
    "ALG": ("wifi", "breakfast", "parking", "pool", "garden", "spa"),
    "VILNIUS": ("wifi", "code-entry", "courtyard", "parking"),
}
#: What every room of a house has, by its code.
IN_ROOMS: Final = {
    "LIS": ("wifi", "air-conditioning"),
    "ALG": ("wifi", "air-conditioning"),
    "VILNIUS": ("wifi", "kitchen", "washing-machine"),
}
#: What a room type has besides, by a word of its English name or description.
BESIDES: Final = {
    "desk": "desk",
    "shower": "shower",
    "suite": "bath",
    "villa": "kitchen",
    "city view": "balcony",
    "balcony": "balcony",
    "terrace": "terrace",
    "sea": "sea-view",
    "family": "cot",
    "studio": "shower",
    "house": "terrace",
}
#: Sentences: English, then Lithuanian and German.
SENTENCES: Final = {
    "Double bed, desk, shower.": (
        "Dvigulė lova, rašomasis stalas, dušas.",
        "Doppelbett, Schreibtisch, Dusche.",
    ),
    "Two beds, desk, shower.": ("Dvi lovos, rašomasis stalas, dušas.", "Zwei Betten, Schreibtisch, Dusche."),
    "Over the roofs of the city.": ("Virš miesto stogų.", "Über den Dächern der Stadt."),
    "Two beds over the roofs.": ("Dvi lovos, vaizdas į stogus.", "Zwei Betten über den Dächern."),
    "A quiet single on the courtyard.": ("Ramus vienvietis kambarys į kiemą.", "Ein ruhiges Einzelzimmer zum Hof."),
    "Three real beds.": ("Trys tikros lovos.", "Drei richtige Betten."),
    "Double bed and two singles.": ("Dvigulė ir dvi viengulės lovos.", "Ein Doppelbett und zwei Einzelbetten."),
    "A sitting corner by the window.": ("Poilsio kampelis prie lango.", "Eine Sitzecke am Fenster."),
    "Two rooms and a terrace to the river.": (
        "Du kambariai ir terasa į upę.",
        "Zwei Räume und eine Terrasse zum Fluss.",
    ),
    "Double bed, terrace to the gardens.": ("Dvigulė lova, terasa į sodus.", "Doppelbett, Terrasse zu den Gärten."),
    "Two beds, terrace to the gardens.": ("Dvi lovos, terasa į sodus.", "Zwei Betten, Terrasse zu den Gärten."),
    "Balcony over the pools.": ("Balkonas virš baseinų.", "Balkon über den Pools."),
    "Balcony to the sea.": ("Balkonas į jūrą.", "Balkon zum Meer."),
    "Two beds, balcony to the sea.": ("Dvi lovos, balkonas į jūrą.", "Zwei Betten, Balkon zum Meer."),
    "Double bed and bunk beds.": ("Dvigulė ir dviaukštė lovos.", "Doppelbett und Etagenbett."),
    "Sitting room to the sea.": ("Svetainė su vaizdu į jūrą.", "Wohnraum zum Meer."),
    "Kitchen, terrace, shared pool.": (
        "Virtuvė, terasa, bendras baseinas.",
        "Küche, Terrasse, gemeinsamer Pool.",
    ),
    "Kitchen, terrace, own pool.": ("Virtuvė, terasa, nuosavas baseinas.", "Küche, Terrasse, eigener Pool."),
    "One room with a kitchen.": ("Vienas kambarys su virtuve.", "Ein Raum mit Küche."),
    "Bedroom, living room, kitchen.": ("Miegamasis, svetainė, virtuvė.", "Schlafzimmer, Wohnzimmer, Küche."),
    "Two bedrooms, living room, kitchen.": (
        "Du miegamieji, svetainė, virtuvė.",
        "Zwei Schlafzimmer, Wohnzimmer, Küche.",
    ),
    "All four flats and the courtyard.": ("Visi keturi butai ir kiemas.", "Alle vier Wohnungen und der Innenhof."),
    "Quiet from 22:00 to 7:00. No smoking in the rooms. Small dogs are welcome.": (
        "Ramybės laikas nuo 22:00 iki 7:00. Kambariuose nerūkoma. Galima atvykti su mažais šunimis.",
        "Ruhe von 22:00 bis 7:00 Uhr. In den Zimmern wird nicht geraucht. Kleine Hunde sind willkommen.",
    ),
    "Quiet from 23:00 to 8:00. No glass at the pools. Children swim with an adult.": (
        "Ramybės laikas nuo 23:00 iki 8:00. Prie baseinų jokio stiklo. Vaikai maudosi su suaugusiuoju.",
        "Ruhe von 23:00 bis 8:00 Uhr. Kein Glas an den Pools. Kinder schwimmen mit einem Erwachsenen.",
    ),
    "Check-in by code. Quiet from 22:00. Shoes off, please.": (
        "Įeinama su kodu. Ramybės laikas nuo 22:00. Prašome nusiauti batus.",
        "Zugang per Code. Ruhe ab 22:00 Uhr. Bitte die Schuhe ausziehen.",
    ),
    "A car for up to three, from the airport.": (
        "Automobilis iki trijų keleivių, iš oro uosto.",
        "Ein Wagen für bis zu drei Personen, vom Flughafen.",
    ),
    "Dinner of three courses in the house.": (
        "Trijų patiekalų vakarienė viešbutyje.",
        "Abendessen mit drei Gängen im Haus.",
    ),
    "Breakfast, dinner of three courses, a bottle of wine and an hour of spa each day.": (
        "Pusryčiai, trijų patiekalų vakarienė, butelis vyno ir valanda SPA kasdien.",
        "Frühstück, Abendessen mit drei Gängen, eine Flasche Wein und täglich eine Stunde Spa.",
    ),
    "Houses with lit windows are mirrored in the river at dusk.": (
        "Sutemus upėje atsispindi namai šviečiančiais langais.",
        "In der Dämmerung spiegeln sich Häuser mit erleuchteten Fenstern im Fluss.",
    ),
    "An old street leads to a tower in the evening sun.": (
        "Sena gatvė veda prie bokšto vakaro saulėje.",
        "Eine alte Gasse führt in der Abendsonne zu einem Turm.",
    ),
    "Sailing boats lie in the harbour before a lighthouse.": (
        "Uoste prieš švyturį stovi burlaiviai.",
        "Segelboote liegen im Hafen vor einem Leuchtturm.",
    ),
    "A wooden house with lit windows stands by a lake in the forest.": (
        "Prie ežero miške stovi medinis namas šviečiančiais langais.",
        "Ein Holzhaus mit erleuchteten Fenstern steht an einem See im Wald.",
    ),
    "The sun stands low over the sea behind grassy dunes.": (
        "Saulė žemai virš jūros už žolėtų kopų.",
        "Die Sonne steht tief über dem Meer hinter grasbewachsenen Dünen.",
    ),
    "Two tables are laid for breakfast by tall windows.": (
        "Prie aukštų langų pusryčiams padengti du stalai.",
        "Zwei Tische sind an hohen Fenstern zum Frühstück gedeckt.",
    ),
    "The reception desk with its lamps, and a sofa by the window.": (
        "Registratūra su šviestuvais ir sofa prie lango.",
        "Der Empfang mit seinen Lampen und ein Sofa am Fenster.",
    ),
    "A double bed between two lit lamps, a window with a view beside it.": (
        "Dvigulė lova tarp dviejų įžiebtų lempų, šalia langas su vaizdu.",
        "Ein Doppelbett zwischen zwei leuchtenden Lampen, daneben ein Fenster mit Aussicht.",
    ),
    "Two single beds left and right of a window with a view.": (
        "Dvi viengulės lovos abipus lango su vaizdu.",
        "Zwei Einzelbetten links und rechts von einem Fenster mit Aussicht.",
    ),
    "A sofa and a small table before a wide window with a view.": (
        "Sofa ir staliukas prie plataus lango su vaizdu.",
        "Ein Sofa und ein kleiner Tisch vor einem breiten Fenster mit Aussicht.",
    ),
    "A kitchen with a laid table by the window.": (
        "Virtuvė su padengtu stalu prie lango.",
        "Eine Küche mit gedecktem Tisch am Fenster.",
    ),
    "A double bed and bunk beds with a window between them.": (
        "Dvigulė ir dviaukštė lovos, tarp jų langas.",
        "Ein Doppelbett und ein Etagenbett, dazwischen ein Fenster.",
    ),
}
