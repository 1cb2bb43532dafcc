"""Harder hand-made pairs, kept out of the choice of thresholds: what they show stands in docs/duplicates.md.

`FAR`: one event, told with few words in common, or at length and in a line. `NEAR`: one street and one crime, or
the same wrong done again elsewhere or later, and still two events.
"""

FAR: tuple[tuple[str, str], ...] = (
    (
        "Toezichthouder buitengebied. Bij controle van een leegstaande varkensstal aan de Zandweg 8"
        " zag ik afgeplakte ramen, een aggregaat en twaalf lege jerrycans aceton. De eigenaar zei dat"
        " hij de stal sinds mei verhuurt aan een man uit het westen die alles contant betaalt.",
        "Die stal aan de Zandweg 8 stinkt naar aceton en de ramen zijn afgeplakt.",
    ),
    (
        "Er zit iets niet goed bij de pluktuin. Poolse jongens werken daar van zonsopgang tot donker"
        " en krijgen niets.",
        "Zes mannen van de pluktuin kwamen bij mij om brood vragen. Ze hebben in drie weken geen loon"
        " gezien.",
    ),
    (
        "Vannacht om drie uur is er een vrachtwagen leeggekiept in de berm bij de Hondsrug. Vaten en zakken.",
        "In de berm bij de Hondsrug lagen vanochtend vaten en zakken die er gisteren niet waren.",
    ),
    (
        "Mijn broer moest van twee kerels tekenen dat hij zijn schuur verhuurt. Hij durft niets te zeggen.",
        "Boer in ons dorp is bang, hij heeft onder dwang een huurcontract voor zijn schuur getekend"
        " met twee mannen.",
    ),
    (
        "Wij van wijkteam Noord horen van drie gezinnen dat Zorg Thuis Plus uren schrijft die niet"
        " zijn gemaakt. In de dossiers staan begeleidingsgesprekken op dagen dat de gezinnen op"
        " vakantie waren. De handtekeningen lijken nagemaakt. Wij hebben kopieën.",
        "Zorg Thuis Plus schreef begeleiding op terwijl wij met vakantie waren en zette er een"
        " nagemaakte handtekening onder.",
    ),
    (
        "De pizzeria op de hoek bezorgt meer dan pizza. Bel voor een speciale en je krijgt coke in"
        " het doosje.",
        "Bij de pizzeria op de hoek zit er cocaïne in de pizzadoos als je om een speciale vraagt.",
    ),
    (
        "hoi bij mn buren op nr 22 van de lindelaan komen elke nacht autos die 2 min blijven staan",
        "Lindelaan 22: 's nachts een komen en gaan van auto's die maar even stoppen. Volgens mij"
        " wordt er gedeald.",
    ),
    (
        "Jonge vrouw in nagelsalon Bella heeft blauwe plekken en kijkt steeds naar de baas voor ze"
        " antwoord geeft.",
        "Ik liet mijn nagels doen bij Bella. Het meisje zat onder de blauwe plekken en mocht van haar"
        " baas niet praten.",
    ),
    (
        "Sinds een week vliegt er 's nachts een drone boven ons erf en staat er een busje met twee"
        " mannen bij het hek. Gisteren was het slot van de schuur geforceerd. We bewaren daar niets,"
        " maar de vorige huurder is vertrokken zonder zijn spullen te halen.",
        "Slot van schuur geforceerd, drone en busje met twee mannen bij het hek van de buren.",
    ),
    (
        "Garagebedrijf Snel verkoopt auto's zonder papieren en neemt alleen briefgeld aan.",
        "Bij garage Snel kocht mijn neef een auto. Geen papieren, en pinnen kon niet.",
    ),
    (
        "Er wonen wel vijftien mensen in de oude pastorie. Matrassen in elke kamer, één wc, en ze"
        " betalen 400 euro per bed.",
        "Oude pastorie zit stampvol arbeiders, 400 euro voor een matras.",
    ),
    (
        "In de haven wordt bij nacht diesel uit tankwagens overgepompt in een schip zonder naam.",
        "Schip zonder naam in de haven, 's nachts slangen naar een tankwagen, sterke dieselgeur.",
    ),
    (
        "De beheerder van het bungalowpark laat jonge meiden in huisje 4 en er staat een rij auto's"
        " voor de deur.",
        "Huisje 4 op het park: steeds andere mannen die een halfuur binnen zijn. De beheerder weet ervan.",
    ),
    (
        "Asbest van het oude zwembad is in het gat achter de sporthal gestort, daarna kwam er zand over.",
        "Achter de sporthal hebben ze de asbestplaten van het zwembad begraven.",
    ),
    (
        "Een collega zoekt kentekens op voor zijn zwager. Ik zag het op zijn scherm en hij vroeg mij"
        " te zwijgen.",
        "Bij ons op de afdeling bevraagt iemand het kentekenregister voor familie.",
    ),
    (
        "De voorzitter van de voetbalclub kreeg een nieuwe tribune van een man die niemand kent."
        " Alles contant betaald en de aannemer kreeg geen rekening.",
        "Onbekende weldoener betaalt contant een tribune voor de voetbalclub, zonder rekening.",
    ),
)
NEAR: tuple[tuple[str, str], ...] = (
    (
        "Op Lindelaan 22 komen elke nacht auto's die maar twee minuten blijven staan.",
        "Op Lindelaan 41 komen elke nacht scooters die maar twee minuten blijven staan.",
    ),
    (
        "In de sloot langs de Kerkweg liggen acht blauwe vaten, er loopt een bruine vloeistof uit.",
        "In de sloot langs de Veldweg liggen zes zwarte vaten, er loopt een gele vloeistof uit.",
    ),
    (
        "Bij de loods aan de Dorpsstraat rook ik zaterdagavond sterk hennep en hoorde ik ventilatoren.",
        "Bij de bakkerij aan de Dorpsstraat ruikt het naar hennep. De bakker kweekt op zolder, zegt"
        " zijn knecht.",
    ),
    (
        "Op vakantiepark De Beuk slapen twaalf mannen in huisje 33, een busje haalt ze om vijf uur op.",
        "Op vakantiepark De Beuk slapen negen mannen in huisje 51, ze werken in de slachterij en hun"
        " baas heeft de passen.",
    ),
    (
        "Een groene tankwagen loosde donderdagnacht mest in het Noorderbos.",
        "Een trekker met een giertank loosde zondag mest in de vijver van het Zuiderpark.",
    ),
    (
        "Zorgbureau Helder declareert drie uur per dag bij mijn moeder en er komt niemand.",
        "Zorgbureau Helder declareert nachtzorg bij mijn oom terwijl hij in het ziekenhuis lag.",
    ),
    (
        "Een man in een zwarte Audi bood boer Jansen contant 5000 euro voor zijn varkensstal.",
        "Twee vrouwen in een grijze Skoda boden boer De Wit contant 3000 euro voor zijn kippenschuur.",
    ),
    (
        "Kapsalon Luna heeft nooit klanten en stort elke vrijdag contant geld.",
        "Kapsalon Roma heeft nooit klanten, de eigenaar koopt elke maand een nieuwe auto.",
    ),
    (
        "In hotel Rust zag ik een oudere man met een huilend meisje van vijftien.",
        "In hotel Rust lag een jongen van zestien op de gang. Hij moest van een man klanten ontvangen.",
    ),
    (
        "Aan Veenkade 3 gooien ze asbestplaten gebroken in een gele container.",
        "Aan Veenkade 19 ligt een berg asbest van een afgebroken garage langs de weg.",
    ),
    (
        "Op Havenweg 40 staan dertig bedrijven ingeschreven met dezelfde bestuurder.",
        "Op Havenweg 12 staan twintig bedrijven ingeschreven, de post wordt nooit gehaald.",
    ),
    (
        "Een jongen met een rode jas verkoopt in de pauze pillen achter de bakker.",
        "Een meisje verkoopt in de pauze snus en pillen bij de fietsenstalling van de school.",
    ),
    (
        "Folie voor de ramen van Molenlaan 7 en een afzuiger die dag en nacht draait.",
        "Folie voor de ramen van Molenlaan 30 en een sterke wietlucht op het trapgat.",
    ),
    (
        "Sloperij Van Dam breekt 's nachts auto's, motorblokken gaan weg op aanhangers.",
        "Sloperij Van Dam nam mijn gestolen auto aan zonder papieren te vragen.",
    ),
    (
        "In de kelder van restaurant Draak slapen koks op matrassen en de baas heeft hun paspoorten.",
        "In het huis naast restaurant Lotus slapen koks op matrassen, zij werken zestien uur per dag.",
    ),
    (
        "Twee mannen met een koevoet zeiden dat de kas in de schuur moet blijven staan.",
        "Twee mannen zeiden tegen mijn zoon dat hij zijn schuld met ritjes moet betalen, anders komt"
        " de koevoet.",
    ),
)
