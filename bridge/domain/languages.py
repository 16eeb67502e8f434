"""Language codes: what is the same language, and what people call it."""

LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "hi": "Hindi",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "tr": "Turkish",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def base_language(code: str) -> str:
    """`pt` of `pt-BR`."""
    return code.replace("_", "-").partition("-")[0].strip().lower()


def language_name(code: str) -> str:
    """Spanish for `es-MX`; the code itself where it has no name here."""
    return LANGUAGES.get(base_language(code), code)
