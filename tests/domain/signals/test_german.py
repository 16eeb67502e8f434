"""German: what fires, and the sentences with the same words that must not."""

import pytest

from tests.domain.signals.cases import fired, named

ASKS_FOR_A_PERSON = [
    "ich möchte mit einem Menschen sprechen",
    "ich moechte mit einem Mitarbeiter reden",
    "Kann ich mit jemandem sprechen?",
    "Verbinden Sie mich mit einem Berater",
    "Bitte stellen Sie mich zu einem Mitarbeiter durch",
    "Mensch bitte",
    "Mitarbeiter",
    "Agent!!",
    "ich will einen echten Menschen",
    "Gib mir einen Menschen",
    "Ich will nicht mit einem Bot reden",
    "keine Bots mehr, bitte",
    "Kann mich jemand anrufen?",
    "Gibt es hier echte Menschen?",
    "Ich verlange einen Vorgesetzten",
    "Wenn Sie mir nicht helfen können, möchte ich einen Menschen sprechen",
    "Kann ich nicht einfach mit einem Menschen reden?",
    "mit wem kann ich darüber sprechen?",
    "lassen Sie mich mit Ihrem Chef sprechen",
    "Ich brauche Hilfe von einem Menschen",
    "Es wäre schön, wenn ich mit jemandem sprechen könnte",
    "leite mich bitte an einen Kollegen weiter",
    "ich hätte gern einen Ansprechpartner",
    "Ich möchte mit einem Mitabreiter sprechen",
    "Sie verstehen mich nicht, ich brauche einen Menschen",
    "gibt es eine Nummer, unter der ich jemanden erreiche?",
    "holen Sie mir bitte Ihren Vorgesetzten",
    "ich würde gerne mit dem Kundenservice sprechen",
    "Könnte sich ein Mensch das ansehen?",
    "ich habe keine Lust mehr auf diesen Bot",
    "ich warte seit einer Stunde auf einen Mitarbeiter",
    "ich habe keine Lust mehr auf diesen Bot",
]
DOES_NOT_ASK_FOR_A_PERSON = [
    "ich brauche keinen Menschen",
    "wenn ich einen Menschen bräuchte, würde ich es sagen",
    "Bist du ein Roboter?",
    "Bist du ein Mensch?",
    "Spreche ich mit einem Menschen?",
    "Rede ich hier mit einer echten Person?",
    "Einen Menschen brauche ich nicht",
    "Ich möchte nicht mit einem Mitarbeiter sprechen",
    "Falls ich einen Berater brauche, melde ich mich",
    "bitte nicht an einen Mitarbeiter weiterleiten",
    "mein Berater hat mir das empfohlen",
    "gestern habe ich mit einem Mitarbeiter gesprochen",
    "meine Schwester möchte mit einem Menschen sprechen",
    "Was machen Ihre Mitarbeiter am Wochenende?",
    "ein Zelt für zwei Personen",
    "Ein Mensch ist nicht nötig",
    "du klingst wie ein Mensch",
    "Muss ich mit einem Mitarbeiter sprechen, um zu kündigen?",
    "der Mitarbeiter war sehr nett",
    "ohne mit einem Menschen zu sprechen, kann ich das ändern?",
    "Verbinde mich nicht mit einem Agenten",
    "Sie müssen mich nicht mit einem Mitarbeiter verbinden",
    "ich melde mich, wenn ich einen Menschen brauche",
    "Ist das hier ein Bot oder ein Mensch?",
    "der Berater hat gesagt, ich soll warten",
    "Lieber kein Mitarbeiter",
    "Es muss sich kein Mensch darum kümmern",
    "Mensch, das ist ja toll",
    "bin ich mit einem Roboter verbunden?",
]
NAMES = [
    ("Das ist eine Frechheit", "frustration"),
    ("ich frage jetzt zum dritten Mal", "frustration"),
    ("so ein Scheißladen", "frustration"),
    ("niemand antwortet mir", "frustration"),
    ("ich warte seit drei Wochen", "frustration"),
    ("ich bin stinksauer", "frustration"),
    ("DAS FUNKTIONIERT IMMER NOCH NICHT!!!", "frustration"),
    ("ich bin nicht sauer, nur neugierig", ""),
    ("ich will mein Geld zurück", "refund"),
    ("Wie bekomme ich eine Rückerstattung?", "refund"),
    ("meine Erstattung ist noch nicht angekommen", "refund"),
    ("Wo finde ich die Richtlinien zur Rückerstattung?", ""),
    ("mein Freund hat sein Geld zurückbekommen", ""),
    ("ich habe mein Geld schon zurück, danke", ""),
    ("ich will keine Rückerstattung, sondern Ersatz", ""),
    ("ich möchte eine Beschwerde einreichen", "complaint"),
    ("ich bin sehr enttäuscht von Ihrem Service", "complaint"),
    ("ich will mich nicht beschweren", ""),
    ("Sie hören von meinem Anwalt", "legal"),
    ("wenn das nicht geklärt wird, verklage ich Sie", "legal"),
    ("ich bin Anwalt und suche eine Tasche", ""),
    ("ich habe Ausschlag von der Creme", "medical"),
    ("Darf ich das in der Schwangerschaft nehmen?", "medical"),
    ("es wurde zweimal abgebucht", "billing"),
    ("meine Rechnung stimmt nicht", "billing"),
    ("Kann ich auf Rechnung kaufen?", "buying_intent"),
    ("ich möchte zwei Stück bestellen", "buying_intent"),
    ("ich möchte meine Bestellung stornieren", ""),
    ("Wo ist meine Bestellung?", ""),
    ("guten Tag", ""),
    ("Wann haben Sie geöffnet?", ""),
]


@pytest.mark.parametrize("text", ASKS_FOR_A_PERSON)
def test_a_customer_who_asks_for_a_person_is_heard(text: str) -> None:
    assert "person_request" in fired(text)


@pytest.mark.parametrize("text", DOES_NOT_ASK_FOR_A_PERSON)
def test_a_customer_who_only_mentions_one_is_left_in_peace(text: str) -> None:
    assert "person_request" not in fired(text)


@pytest.mark.parametrize(("text", "names"), named(NAMES))
def test_every_other_signal_fires_on_what_is_meant(text: str, names: str) -> None:
    assert fired(text) == names
