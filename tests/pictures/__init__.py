"""What agents see, taken from the running product: `python -m tests.pictures OUT`.

Every scene is played over real HTTP against the strict fakes, in Slack and in Teams; what the bridge
posted then is written as it left, one JSON file a surface. Slack's Block Kit Builder and the Adaptive Cards
designer show such a file as a picture. Nothing in it is written by hand.
"""
