"""The sample company of `handoff-bridge demo`: its settings, its FAQ, its shop page, its order look-up."""
