"""Spanish: what fires, and the sentences with the same words that must not."""

import pytest

from tests.domain.signals.cases import fired, named

ASKS_FOR_A_PERSON = [
    "quiero hablar con una persona",
    "necesito hablar con alguien de atención al cliente",
    "¿puedo hablar con un agente?",
    "Pásame con un humano",
    "páseme con su supervisor por favor",
    "me puede comunicar con un asesor?",
    "humano",
    "agente por favor",
    "Operador!!",
    "exijo hablar con el encargado",
    "prefiero que me atienda una persona real",
    "no quiero hablar con un robot",
    "¿hay alguien real ahí?",
    "que me llame alguien, por favor",
    "si no me puedes ayudar, pásame con un agente",
    "no me sirves, quiero una persona",
    "quiero hablar con una perosna",
    "me gustaría que me contactara un representante",
    "¿con quién puedo hablar de esto?",
    "ponme con un compañero tuyo",
    "déjame hablar con un ser humano",
    "¿No puedo hablar con una persona?",
    "sería posible hablar con un operador",
    "basta de bots, quiero un humano",
    "transfiérame a un agente",
    "necesito ayuda humana, este bot no entiende",
    "hay algún número para hablar con una persona?",
    "quisiera que me atendiera un ejecutivo",
    "me comunicas con alguien por fa",
    "quiero que me pasen con un supervisor",
    "estoy cansado de hablar con un bot",
    "llevo media hora pidiendo un agente",
    "¿me puede llamar alguien?",
]
DOES_NOT_ASK_FOR_A_PERSON = [
    "no necesito un humano",
    "¿eres un robot?",
    "¿Eres una persona real?",
    "¿estoy hablando con un humano?",
    "si necesito una persona te aviso",
    "no quiero hablar con nadie",
    "no hace falta que me pases con un agente",
    "mi agente inmobiliario me lo recomendó",
    "ayer hablé con un agente muy amable",
    "mi hermana quiere hablar con una persona",
    "¿qué hace recursos humanos?",
    "no me pases con un agente, por favor",
    "prefiero no hablar con una persona",
    "el agente que me atendió fue muy amable",
    "pareces humano",
    "sin hablar con un agente, ¿puedo cambiar mi dirección?",
    "nunca pedí un agente",
    "¿cuál es el horario de atención al cliente?",
    "una tienda para dos personas",
    "¿tengo que hablar con un agente para cancelar?",
    "no hace falta hablar con nadie, gracias",
    "solo si fuera necesario hablaría con un agente",
    "cuando quiera hablar con una persona lo diré",
    "¿Hablo con un bot o con una persona?",
    "el asesor me dijo que esperara",
    "¿los agentes trabajan los domingos?",
    "gracias al agente que me ayudó",
    "quiero ser agente de ventas",
]
NAMES = [
    ("esto es ridículo", "frustration"),
    ("estoy harto de esperar", "frustration"),
    ("ya te lo he dicho tres veces", "frustration"),
    ("nadie me responde", "frustration"),
    ("qué vergüenza de servicio", "frustration"),
    ("llevo dos semanas esperando", "frustration"),
    ("ESTO NO FUNCIONA NUNCA!!!", "frustration"),
    ("no estoy enfadado, solo pregunto", ""),
    ("quiero que me devuelvan el dinero", "refund"),
    ("¿cómo solicito un reembolso?", "refund"),
    ("todavía no me ha llegado el reembolso", "refund"),
    ("¿dónde puedo leer la política de reembolsos?", ""),
    ("mi amigo recibió un reembolso", ""),
    ("ya recibí mi reembolso, gracias", ""),
    ("no quiero un reembolso, quiero otro producto", ""),
    ("quiero poner una reclamación", "complaint"),
    ("estoy muy decepcionado con el servicio", "complaint"),
    ("no me puedo quejar", ""),
    ("hablaré con mi abogado", "legal"),
    ("si no lo arreglan los voy a demandar", "legal"),
    ("no voy a demandar a nadie", ""),
    ("soy alérgica a los frutos secos", "medical"),
    ("¿puedo tomarlo durante el embarazo?", "medical"),
    ("me han cobrado dos veces", "billing"),
    ("hay un error en mi factura", "billing"),
    ("¿el envío es sin cargo?", ""),
    ("quiero comprar dos unidades", "buying_intent"),
    ("¿cómo hago un pedido?", "buying_intent"),
    ("quiero cancelar mi pedido", ""),
    ("¿dónde está mi pedido?", ""),
    ("hola, buenos días", ""),
    ("¿a qué hora abren?", ""),
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
