"""Hand-made pairs of reports to one organisation, written before the thresholds were set.

`SAME`: one event by two people in their own words. `OTHERS`: two events that share street, name or crime.
"""

SAME: tuple[tuple[str, str], ...] = (
    (
        "Bij de loods aan de Dorpsstraat 14 rook ik zaterdagavond sterk hennep. Twee mannen laadden"
        " zwarte zakken in een witte bestelbus van een verhuurbedrijf.",
        "Zaterdagavond stonk het naar wiet bij de loods in de Dorpsstraat. Ik zag twee mannen met"
        " zwarte zakken die een witte bestelbus inladen.",
    ),
    (
        "In de sloot langs de Kerkweg liggen acht blauwe vaten. Er loopt een bruine vloeistof uit en"
        " het ruikt naar aceton.",
        "Ik vond vanmorgen blauwe vaten in de sloot aan de Kerkweg, minstens acht. Ze lekken bruin"
        " spul en ruiken naar aceton.",
    ),
    (
        "Op vakantiepark De Beuk slapen twaalf mannen in huisje 33. Elke ochtend om vijf uur haalt"
        " een busje ze op voor de kassen.",
        "Huisje 33 van park De Beuk zit vol: ik telde twaalf mannen. Een busje komt ze om vijf uur in"
        " de ochtend halen, ze werken in de kassen.",
    ),
    (
        "Zorgbureau Helder declareert bij mijn moeder drie uur zorg per dag. Er komt alleen op"
        " maandag iemand, een kwartiertje. Zij moest blanco urenlijsten tekenen.",
        "Mijn buurvrouw krijgt zorg van bureau Helder. Er komt enkel op maandag een kwartier iemand"
        " langs, maar ze tekende blanco urenlijsten en er wordt drie uur per dag gedeclareerd.",
    ),
    (
        "Een man in een zwarte Audi bood boer Jansen contant 5000 euro per maand voor zijn oude"
        " varkensstal. Hij zei dat er auto's in kwamen.",
        "Een onbekende in een zwarte Audi kwam bij onze buurman de boer. Hij wilde de varkensstal"
        " huren voor auto's en legde 5000 euro contant neer.",
    ),
    (
        "Kapsalon Luna heeft nooit klanten, toch storten ze elke vrijdag stapels briefjes van"
        " vijftig. De eigenaar rijdt in drie nieuwe auto's.",
        "Bij kapsalon Luna zie je nooit een klant. Wel storten zij iedere vrijdag veel briefjes van"
        " vijftig en heeft de eigenaar drie nieuwe auto's.",
    ),
    (
        "Achter de bakker op het plein verkoopt een jongen met een rode jas pillen aan scholieren,"
        " steeds in de grote pauze. Hij komt op een scooter zonder nummerbord.",
        "Leerlingen kopen in de grote pauze pillen van een jongen achter de bakker. Rode jas, scooter"
        " zonder nummerbord.",
    ),
    (
        "De ramen van Molenlaan 7 zijn dichtgeplakt met folie. Dag en nacht draait er een afzuiger en"
        " op het dak ligt als enige geen sneeuw.",
        "Op nummer 7 van de Molenlaan draait dag en nacht een afzuiger. Folie voor de ramen, en het"
        " is het enige dak zonder sneeuw.",
    ),
    (
        "Een meisje van een jaar of vijftien stapte bij hotel Rust met een oudere man naar binnen. Ze"
        " huilde en hij hield haar telefoon vast. Kamer 12.",
        "Hotel Rust, kamer 12: oudere man met een meisje dat huilde, hooguit vijftien. Hij had haar"
        " telefoon in zijn hand.",
    ),
    (
        "Autosloperij Van Dam breekt 's nachts auto's. Er komen aanhangers met motorblokken en er"
        " loopt olie in de vaart.",
        "'s Nachts hoor ik slijpen bij sloperij Van Dam. Motorblokken gaan op aanhangers weg en er"
        " drijft olie in de vaart.",
    ),
    (
        "In de kelder van restaurant Draak slapen de koks op matrassen naast de vriezers. Hun"
        " paspoorten liggen bij de baas in de kluis.",
        "De koks van restaurant Draak slapen in de kelder op matrassen. De baas heeft hun paspoorten"
        " in zijn kluis gelegd.",
    ),
    (
        "Er is weer mest gedumpt in het Noorderbos. Een groene tankwagen zonder opschrift reed"
        " donderdagnacht het zandpad op en liet alles lopen.",
        "Donderdagnacht zag ik een groene tankwagen op het zandpad in het Noorderbos. Hij loosde"
        " mest, er stond geen opschrift op de wagen.",
    ),
    (
        "Sloper haalt asbestplaten zonder masker van de schuur aan Veenkade 3. De platen gaan"
        " gebroken in een gele container.",
        "Aan de Veenkade 3 slopen ze een schuur. Geen maskers, en de platen van asbest gooien ze"
        " gebroken in een gele container.",
    ),
    (
        "Op het postadres Havenweg 40 staan ineens dertig bedrijven ingeschreven, allemaal met"
        " dezelfde bestuurder. Die man leeft van bijstand.",
        "Dertig bedrijven staan op Havenweg 40. Steeds dezelfde bestuurder, en ik weet dat die man"
        " bijstand heeft.",
    ),
    (
        "Een begeleider van woongroep Zon neemt de pinpassen van cliënten mee. Vrijdag pinde hij bij"
        " de supermarkt vierhonderd euro van drie passen.",
        "Bij de supermarkt pinde een begeleider van woongroep Zon vrijdag vierhonderd euro, met drie"
        " verschillende pinpassen van cliënten.",
    ),
    (
        "Twee mannen met een koevoet stonden bij ons op de stoep. Zij zeiden dat mijn man de kas in"
        " de schuur moet laten staan, anders gaat de stal in brand.",
        "De buurvrouw vertelde dat twee mannen met een koevoet langskwamen. De kas in hun schuur moet"
        " blijven staan, anders steken ze de stal in brand.",
    ),
    (
        "Op het zolderkamertje boven de nagelstudio wonen vier vrouwen. De deur gaat 's avonds van"
        " buiten op slot.",
        "Boven de nagelstudio zitten vier vrouwen op zolder. Iemand draait 's avonds de deur van"
        " buitenaf op slot.",
    ),
    (
        "Na de brand in de schuur aan de Esweg vond ik jerrycans met zoutzuur, een ketel en een"
        " gasmasker tussen het puin.",
        "In het puin van de afgebrande schuur aan de Esweg liggen jerrycans zoutzuur, een ketel en"
        " gasmaskers.",
    ),
    (
        "De jachthaven laat boten liggen waarop mensen wonen. Op de boot Anna komen de hele nacht"
        " bezoekers die na vijf minuten weer weg zijn.",
        "Aan de steiger bij de boot Anna lopen 's nachts bezoekers af en aan, vijf minuten en weg. De"
        " jachthaven doet niets.",
    ),
    (
        "De nieuwe huurder van onze manege betaalt een jaar vooruit in briefjes van tweehonderd. Er"
        " is nog geen paard geweest, wel hoge hekken en camera's.",
        "De manege is verhuurd maar er komt geen paard. Wel camera's en hoge hekken. De eigenaar"
        " kreeg de huur voor een jaar in briefjes van tweehonderd.",
    ),
)
OTHERS: tuple[tuple[str, str], ...] = (
    (
        "Bij de loods aan de Dorpsstraat 14 rook ik zaterdagavond sterk hennep. Twee mannen laadden"
        " zwarte zakken in een witte bestelbus.",
        "In de Dorpsstraat staat al weken een caravan waarin mensen slapen. Er is geen water en de"
        " afvalcontainers lopen over.",
    ),
    (
        "Op de Dorpsstraat rijdt elke nacht een grijze Golf rondjes. Soms stapt iemand in en na een"
        " minuut weer uit.",
        "In de Dorpsstraat is een belwinkel waar nooit iemand belt. De eigenaar telt 's avonds geld"
        " achter in de zaak.",
    ),
    (
        "In de sloot langs de Kerkweg liggen acht blauwe vaten met een bruine vloeistof.",
        "Aan de Kerkweg wordt puin gestort in een kuil. Een kraan dekt het af met zwarte grond.",
    ),
    (
        "Een huis aan de Molenlaan heeft folie voor de ramen en een afzuiger die dag en nacht draait.",
        "Op de Molenlaan heeft iemand in de schuur een wietplantage. Ik zag de planten door een kier"
        " toen de deur openstond.",
    ),
    (
        "Hennep geroken bij een schuur aan de Esweg, woensdag rond middernacht, lampen achter zeil.",
        "De afgebrande schuur aan de Esweg ligt vol jerrycans zoutzuur.",
    ),
    (
        "Zorgbureau Helder laat mijn moeder blanco urenlijsten tekenen.",
        "Zorgbureau Helder werkt met begeleiders zonder diploma; mijn zoon kreeg verkeerde medicijnen"
        " van een stagiair.",
    ),
    (
        "Op vakantiepark De Beuk slapen twaalf mannen in huisje 33 die in de kassen werken.",
        "Op vakantiepark De Beuk rookt iemand de hele dag wiet in huisje 8, wij hebben er last van"
        " met de kinderen.",
    ),
    (
        "Een jongen met een rode jas verkoopt pillen achter de bakker aan scholieren.",
        "Op het parkeerterrein bij het zwembad dealen ze vanuit een blauwe Polo, vooral op vrijdag na"
        " tienen.",
    ),
    (
        "Een zwarte Audi bood een boer contant geld voor zijn varkensstal.",
        "Een makelaar belde boeren met de vraag of er schuren leeg staan voor de opslag van kerstbomen.",
    ),
    (
        "Kapsalon Luna heeft nooit klanten en stort elke vrijdag contant geld.",
        "Boven kapsalon Luna ontvangen vrouwen tot laat in de nacht mannen. Zij durven niet naar buiten.",
    ),
    (
        "In de kelder van restaurant Draak slapen de koks op matrassen.",
        "De afzuiging van restaurant Draak loost vet in het riool, de hele straat stinkt ernaar.",
    ),
    (
        "Op Havenweg 40 staan dertig bedrijven ingeschreven met dezelfde bestuurder.",
        "Havenweg 40: kantoor leeggehaald, drie verhuiswagens om vier uur in de nacht, de huurder nam"
        " de benen.",
    ),
    (
        "Een groene tankwagen loosde donderdagnacht mest in het Noorderbos.",
        "In het Noorderbos liggen autobanden en een koelkast, netjes achter een houtwal gelegd.",
    ),
    (
        "Autosloperij Van Dam breekt 's nachts auto's en er loopt olie in de vaart.",
        "Een medewerker van Van Dam werd bedreigd door een klant die zijn auto niet terugkreeg.",
    ),
    (
        "Aan Veenkade 3 gaan asbestplaten gebroken in een gele container.",
        "Aan de Veenkade wonen zestien mensen in een woning voor vier. De matrassen liggen tot in de gang.",
    ),
    (
        "Een begeleider van woongroep Zon pinde met drie passen van cliënten.",
        "Woongroep Zon vraagt voor een cliënt twee keer hetzelfde budget aan, bij ons en bij de"
        " buurgemeente.",
    ),
    (
        "Hotel Rust, kamer 12: een oudere man met een huilend meisje van hooguit vijftien.",
        "Bij hotel Rust werken schoonmaaksters zeven dagen per week. Hun loon gaat op aan het bed.",
    ),
    (
        "Boven de nagelstudio wonen vier vrouwen en de deur gaat op slot.",
        "De nagelstudio aan de overkant pint niet en geeft geen bon, klanten komen er niet.",
    ),
    (
        "Op de boot Anna komen de hele nacht bezoekers die na vijf minuten weg zijn.",
        "Bij de jachthaven lozen bewoners van boten hun toilet op het water, het drijft tussen de steigers.",
    ),
    (
        "De huurder van de manege betaalt een jaar vooruit in briefjes van tweehonderd.",
        "Bij de manege hing iemand vannacht een kastje onder mijn auto, een zender denk ik.",
    ),
)
