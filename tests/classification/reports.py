"""Reports the classification tests share: clear ones per category, and what belongs in none."""

CLEAR = {
    "human_trafficking": (
        "De paspoorten van het personeel liggen bij de baas in de kluis.",
        "Acht mannen slapen in dezelfde loods als waar ze werken, matrassen liggen tussen de machines.",
        "Jonge vrouw ontvangt om het uur mannen in een huisje op het park en wordt gebracht en gehaald.",
        "Een jongen van 15 moet pakjes wegbrengen om een schuld af te lossen, hij durft niet te stoppen.",
        "Ze moet alles wat ze verdient afgeven aan haar vriend.",
    ),
    "drugs": (
        "Er hangt een sterke wietlucht bij de schuur en de stroom loopt buiten de meter om.",
        "In de stal staan ketels en het ruikt er 's nachts naar aceton.",
        "Vaten met onbekende vloeistof achtergelaten in het bos, het stinkt en een vat lekt.",
        "Er wisselen zakjes en bankbiljetten aan de voordeur.",
        "Geperste blokken met stempel in folie gevonden in een garagebox.",
    ),
    "care_fraud": (
        "Mijn moeder kreeg twee uur begeleiding, er zijn twintig uur gedeclareerd.",
        "De cliënten moesten de urenbriefjes vooraf blanco tekenen.",
        "Het zorgbureau heeft de DigiD van mijn broer en vraagt zelf het pgb aan.",
        "Wie geen zorg afneemt moet van de aanbieder meteen de kamer uit.",
        "Bij de nachtopvang ronselt een man cliënten voor een zorgbureau.",
    ),
    "rural_premises": (
        "Een onbekende bood mijn buurman veel geld contant voor zijn lege stal.",
        "De boer mag zijn eigen schuur niet meer in van de huurder.",
        "Er is een zeecontainer ingegraven naast de stal.",
        "Gestripte auto's en losse motorblokken in de loods.",
        "Asbestplaten 's nachts begraven achter de stal.",
    ),
}

NOT_OURS = (
    "Er ligt een bankstel bij de bosrand, kunt u dat ophalen?",
    "De buren hebben luide muziek en de auto's staan op de stoep.",
    "Mijn fiets is gestolen bij het station.",
    "Kan het gras in de Dorpsstraat worden gemaaid?",
    "Het water in de vijver is groen na drie warme dagen.",
)
