import sys
import unittest

import numpy

import lrc

try:
    import jax
    import optax
    from jax import numpy as jnp

    import lrc.optax
except ImportError as missing:
    print("skipped:", f"optax: {missing}")
    sys.exit(0)

SENTENCE = "warmup 6% linear then cosine to 0.01x"
FACTS = {"run": "1000 steps", "peak": 3e-4}


class Optax(unittest.TestCase):
    def setUp(self):
        self.expected = lrc.compile(SENTENCE).values(range(1000), **FACTS).astype(numpy.float32)

    def both(self):
        return {"table": lrc.optax.schedule(SENTENCE, **FACTS), "callback": lrc.optax.schedule(SENTENCE, table_limit=999, **FACTS)}

    def test_every_count_is_one_rounding_in_jit_vmap_and_scan(self):
        for name, schedule in self.both().items():
            with self.subTest(name):
                counts = jnp.arange(1000)
                compiled = jax.jit(schedule)
                self.assertEqual(self.expected[[0, 59, 60, 999]].tolist(), [float(compiled(k)) for k in (0, 59, 60, 999)])
                self.assertEqual(jnp.float32, compiled(3).dtype)
                self.assertTrue((numpy.asarray(schedule(counts)) == self.expected).all())
                self.assertTrue((numpy.asarray(jax.vmap(schedule)(counts)) == self.expected).all())
                _, scanned = jax.lax.scan(lambda count, _: (count + 1, schedule(count)), 0, length=1000)
                self.assertTrue((numpy.asarray(scanned) == self.expected).all())

    def test_the_table_is_used_up_to_its_limit(self):
        def callbacks(limit):
            return "callback" in str(jax.make_jaxpr(lrc.optax.schedule(SENTENCE, table_limit=limit, **FACTS))(0))
        self.assertEqual((False, True), (callbacks(1000), callbacks(999)))

    def test_behind_the_end_the_last_value_stays(self):
        after = lrc.compile(SENTENCE).bind(**FACTS)(5000)
        for schedule in self.both().values():
            self.assertEqual(numpy.float32(after), float(schedule(5000)))

    def test_a_run_without_an_end_asks_the_host(self):
        schedule = lrc.optax.schedule("constant", peak=0.25)
        self.assertEqual(0.25, float(jax.jit(schedule)(2_000_000_000)))

    def test_an_optimizer_uses_it(self):
        optimizer = optax.sgd(lrc.optax.schedule(SENTENCE, **FACTS))
        parameters = jnp.ones(())
        state = optimizer.init(parameters)

        @jax.jit
        def update(parameters, state):
            updates, state = optimizer.update(jnp.ones(()), state, parameters)
            return optax.apply_updates(parameters, updates), state, updates
        for step in range(70):
            parameters, state, change = update(parameters, state)
            self.assertEqual(-self.expected[step], float(change))


if __name__ == "__main__":
    unittest.main(verbosity=2)
