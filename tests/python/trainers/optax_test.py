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

    def test_behind_the_end_a_policy_may_move(self):
        past = "policy p version 1 {{\n run {} steps\n peak 1\n past end {}\n lr = hold 1x for {} steps then cosine to 0.1x\n}}"
        stair = "policy p version 1 {\n run 100 steps\n peak 1\n past end continue\n lr = exponential by 0.5 every 1000 steps\n}"
        cycle = "policy p version 1 {\n run 99 steps\n peak 1\n past end continue\n lr = cycle triangular between 0.1x and 1x every 20 steps\n}"
        thaws = 'policy p version 1 {\n run 99 steps\n peak 1\n lr = constant\n group a matches "a" { frozen for 120 steps }\n}'
        for text in (past.format(119, "mirror", 99), past.format(99, "repeat", 79), stair, cycle, thaws):
            with self.subTest(text):
                run, counts = lrc.compile(text).bind(), range(0, 2000, 3)
                for group in range(len(run.groups)):
                    schedule = lrc.optax.schedule(run, group=group)
                    self.assertEqual(run.values(counts, group=group).astype(numpy.float32).tolist(), schedule(jnp.asarray(counts)).tolist())

    def test_what_holds_behind_its_end_is_a_table(self):
        for text in ("hold 1x for 10 steps then linear to 0.1x", "exponential by 0.5 every 30 steps", "cycle triangular between 0.1x and 1x every 20 steps"):
            schedule = lrc.optax.schedule(text, run="100 steps", peak=1.0)
            self.assertNotIn("callback", str(jax.make_jaxpr(schedule)(0)), text)

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
