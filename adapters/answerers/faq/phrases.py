"""What the answerer says when the folder has nothing: a request to say it in other words."""

_NOTHING_FOUND = {
    "de": "Dazu habe ich leider nichts gefunden. Können Sie es mit anderen Worten sagen?",
    "en": "I could not find an answer to that. Could you say it in other words?",
    "es": "No he encontrado una respuesta. ¿Puede decirlo con otras palabras?",
    "fr": "Je n'ai pas trouvé de réponse. Pouvez-vous le dire autrement ?",
    "it": "Non ho trovato una risposta. Può dirlo con altre parole?",
    "nl": "Ik heb daar geen antwoord op gevonden. Kunt u het anders zeggen?",
    "pt": "Não encontrei uma resposta. Pode dizer isso de outra forma?",
}


def nothing_found(language: str) -> str:
    return _NOTHING_FOUND.get(language, _NOTHING_FOUND["en"])
