"""Social platforms of our own on loopback, for the demo, the tests and the benchmarks.

Each is a small server that speaks a platform's public API from its public documentation: a
correct adapter works against it unchanged, and a wrong one is found out. What a platform refuses,
ignores or gets odd is refused, ignored and odd here. What a sandbox does not speak it answers with
501, never by pretending.

Everything under `/_sandbox` is not the platform's: it is for the people and the tests that steer
the sandbox. `GET /_sandbox` lists it.
"""
