"""From words to index terms: case, accents, filler and endings taken away, in one language.

Entries and questions go through the same function; a difference between the two would be a
question that never matches. Must stay pure. The walk goes on in `index`.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import Stemmer
from bm25s import stopwords

_WORD = re.compile(r"\d+|[^\W\d_]+")
_THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")

_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
    "tr": "turkish",
}  # fmt: skip
_STOP_WORDS: dict[str, tuple[str, ...]] = {
    "da": stopwords.STOPWORDS_DANISH,
    "de": stopwords.STOPWORDS_GERMAN,
    "en": stopwords.STOPWORDS_EN_PLUS,
    "es": stopwords.STOPWORDS_SPANISH,
    "fr": stopwords.STOPWORDS_FRENCH,
    "it": stopwords.STOPWORDS_ITALIAN,
    "nl": stopwords.STOPWORDS_DUTCH,
    "no": stopwords.STOPWORDS_NORWEGIAN,
    "pt": stopwords.STOPWORDS_PORTUGUESE,
    "ru": stopwords.STOPWORDS_RUSSIAN,
    "sv": stopwords.STOPWORDS_SWEDISH,
    "tr": stopwords.STOPWORDS_TURKISH,
}
# What customers wrap a question in. It says nothing about the topic, and it is missing from
# entries, so without this list it would count as words the folder doesn't know.
_FILLER = {
    "en": """hi hello hey dear please pls plz thanks thank want wants wanna like would could may
        might shall let im ive id youre dont doesnt didnt isnt cant wont u ur r ok okay well also
        tell know wonder wondering question need get got give us one way possible think guys
        really still even yet anything something someone thing things whats thats theres hows
        see now right today happen happens work works working use usually""",
    "es": """hola buenas por favor gracias quiero quisiera querria puedo puede pueden podeis podria
        saber pregunta necesito hay ser hacer si mi vuestro vuestra vuestros vuestras me se aqui
        algun alguna vosotros usted ustedes podemos hoy ahora posible funciona funcionan""",
    "de": """hallo hi hey bitte danke mochte mochten gern gerne wurde konnen konnt kannst darf
        wissen frage brauche gibt gebt geben habt mal denn eigentlich ihr euch eure sie ihre bei
        was hab den dem heute moglich funktioniert funktionieren geht machen macht""",
}
# What stop lists throw away though it decides: "where" or "when", a down jacket, out of stock.
_KEPT = {"en": "where when down out", "es": "donde cuando cuanto", "de": "wo wann"}
_GERMAN_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"))


@dataclass(frozen=True, slots=True)
class Terms:
    """How one language's text becomes terms; made by `terms_of`."""

    language: str
    _dropped: frozenset[str]

    def of(self, text: str) -> list[str]:
        """The terms of the text in its order, repeats included."""
        return [self.stem(word) for word in words(text, self.language) if word not in self._dropped]

    def stem(self, word: str) -> str:
        stemmer = _stemmer(self.language)
        return str(stemmer.stemWord(word)) if stemmer else word


def words(text: str, language: str = "") -> list[str]:
    """The words without case and accents: `¿Dónde está?` gives `donde esta`, `3.000mm` gives `3000 mm`."""
    joined = _THOUSANDS.sub("", _APOSTROPHE.sub("", text))
    folded = unicodedata.normalize("NFKD", joined.casefold())
    bare = "".join(ch for ch in folded if not unicodedata.combining(ch))
    found = _WORD.findall(bare)
    return [_one_umlaut(word) for word in found] if language == "de" else found


@cache
def terms_of(language: str) -> Terms:
    dropped = {word for stop in _STOP_WORDS.get(language, ()) for word in words(stop, language)} | set(
        words(_FILLER.get(language, ""), language)
    )
    return Terms(language, frozenset(dropped - set(_KEPT.get(language, "").split())))


def _one_umlaut(word: str) -> str:
    """Customers write ö as oe or o; all three become o."""
    for digraph, letter in _GERMAN_DIGRAPHS:
        word = word.replace(digraph, letter)
    return word


@cache
def _stemmer(language: str) -> "Stemmer.Stemmer | None":
    name = _SNOWBALL.get(language)
    # No cache inside: customers' words would grow it, and stemming one word takes a microsecond.
    return Stemmer.Stemmer(name, 0) if name else None
