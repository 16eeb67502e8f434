"""What everybody in a measurement knows: secrets, tenants, desks, and what people say.

The bridge, its floors and the load generator are told the same things, so that none has a shorter way.
Nothing said here fires a rule, except what asks for a person.
"""

import base64
import hashlib

HOST = "127.0.0.1"

KEY = hashlib.sha256(b"webhooks of the bench").digest()
WEBHOOK_SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
SIGNING_SECRET = "a-signing-secret-of-the-bench"
BOT_TOKEN = "xoxb-of-the-bench"
TEAM = "T000000001"
AGENTS = tuple(f"U{number:09d}" for number in range(20))

TENANTS = 400
"""One desk each: a Slack channel takes one post a second, and that pace is not what is measured."""
BUSY = 10
"""Tenants among which the workloads without a desk are spread."""


def tenant_name(number: int) -> str:
    return f"t{number:04d}"


def desk_channel(number: int) -> str:
    """The Slack channel of a tenant's only desk."""
    return f"C{number:09d}"


QUESTIONS = (
    "Hello, how long does standard delivery to Zaragoza take at the moment?",
    "Do the Alta boots run small? I usually wear a 42 and have wide feet.",
    "Which of your tents would you take for two people in October, if weight matters most?",
    "Is the blue rain jacket available in size L in the Madrid store?",
    "Can I wash the down sleeping bag at home, and at which temperature?",
    "Thank you. And do you also send parcels to pick-up points?",
    "How do I find the right length for trekking poles? I am 1.78 m tall.",
    "What is the difference between the Sierra and the Sierra Pro backpack?",
)
ANSWER = (
    "Standard delivery takes two to three working days. You get an e-mail with a tracking link as soon as "
    "the parcel leaves our warehouse, and you can change the address until then."
)
WANTS_A_PERSON = "I want to talk to a person, please"
AGENT_LINES = (
    "Hello, Ana here. I have looked at your order and it leaves tomorrow morning.",
    "The workshop says two weeks. We can lend you a pair meanwhile, in the Madrid store.",
    "Done: I have changed the address. You will get a new confirmation by e-mail.",
)
PERSON_IS_COMING = "A colleague from our team will be with you shortly."
HAS_JOINED = "Ana has joined the conversation."
