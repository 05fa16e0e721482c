"""Worked examples and random traces of which the truth is known, for the model in tests/model/energy_model.py: what
the agent is compared with has to be right itself.

    model_examples.py [BUILD]
"""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "model")]
sys.dont_write_bytecode = True

import energy_model as model  # noqa: E402
import traces  # noqa: E402

KWH = 3_600_000
MIN = 60 * 10**9
HOUR = 60 * MIN


def run(readings, **settings):
    return model.run(model.settings_from(settings), readings)


def registers(start, step, values):
    return [(start + i * step, "r", value) for i, value in enumerate(values)]


def total(rows, kind=model.MEASURED):
    return sum(row.energy[kind] for row in rows)


class Register(unittest.TestCase):
    def test_v26_a_difference_is_split_at_the_quarter_of_an_hour(self):
        _, rows = run([(58 * MIN, "r", 1000 * KWH), (63 * MIN, "r", 1010 * KWH)])
        self.assertEqual([row.energy[0] for row in rows], [4 * KWH, 6 * KWH])
        self.assertEqual(rows[0].text(), f"{58 * 60000} 120000 {4 * KWH} 0 0 120000 0")

    def test_v23_a_register_of_32_bits_passes_its_end(self):
        meter, rows = run(registers(0, 15 * MIN, [4294966000, 1500]), modulus=2**32, max_power=5_000_000)
        self.assertEqual(total(rows), 2796)
        self.assertEqual((meter.rollovers, meter.resets), (1, 0))
        self.assertEqual(rows[0].quality & model.ROLLOVER, model.ROLLOVER)

    def test_v24_a_register_of_six_decimal_digits_passes_its_end(self):
        # 999999.9 to 12.3, in tenths
        _, rows = run(registers(0, 15 * MIN, [9999999, 123]), modulus=10**7, max_power=5_000_000)
        self.assertEqual(total(rows), 124)

    def test_a_glitch_to_zero_invents_nothing_and_loses_nothing(self):
        # 53.7 MWh on a site of 5 kW: 0 is held, and the register that comes back counts from before.
        readings = registers(0, MIN, [53_700_000 * 3600, 53_700_000 * 3600 + 300_000, 0, 53_700_000 * 3600 + 900_000])
        meter, rows = run(readings, max_power=5_000, modulus=2**32 * 1000, resolution=1000)
        self.assertEqual(total(rows), 900_000)
        self.assertEqual((meter.resets, meter.rollovers, meter.replacements), (0, 0, 0))

    def test_a_leap_of_15_5_mwh_in_one_cycle_is_not_energy(self):
        readings = registers(0, 10 * 10**9, [10**9, 10**9 + 5000, 10**9 + 15_500_000 * 3600, 10**9 + 15_000])
        meter, rows = run(readings, max_power=5_000)
        self.assertEqual(total(rows), 15_000)
        self.assertEqual(meter.replacements, 0)

    def test_a_leap_that_two_more_readings_confirm_is_another_meter(self):
        far = 9 * 10**12
        meter, rows = run(registers(0, MIN, [0, 100, far, far + 200, far + 500]), max_power=5_000)
        self.assertEqual(meter.replacements, 1)
        self.assertEqual(total(rows), 600)
        self.assertEqual(sum(row.covered for row in rows), 3 * MIN)  # the minute between them is not known

    def test_a_reset_counts_on_from_the_fallen_value_and_substitutes_from_power(self):
        readings = []
        for i, value in enumerate([10**9, 10**9 + 60_000, 1000, 61_000, 121_000]):
            readings += [(i * MIN, "p", 1000), (i * MIN, "r", value)]
        meter, rows = run(readings, max_power=2_000)
        self.assertEqual(meter.resets, 1)
        self.assertEqual(total(rows), 180_000)
        self.assertEqual(total(rows, model.SUBSTITUTED), 60_000)

    def test_a_reset_without_power_leaves_a_hole(self):
        _, rows = run(registers(0, MIN, [10**9, 10**9 + 60_000, 1000, 61_000, 121_000]), max_power=2_000)
        self.assertEqual(total(rows, model.SUBSTITUTED), 0)
        self.assertEqual(rows[0].quality, model.PARTIAL | model.RESET)

    def test_the_last_digit_may_go_back_by_one(self):
        _, rows = run(registers(0, MIN, [500 * KWH, 501 * KWH, 500 * KWH, 502 * KWH]), resolution=KWH)
        self.assertEqual(total(rows), 2 * KWH)

    def test_a_difference_over_a_gap_is_one_measured_row(self):
        _, rows = run([(MIN, "r", 0), (2 * MIN, "r", 60), (2 * HOUR, "r", 7_140), (2 * HOUR + MIN, "r", 7_200)])
        self.assertEqual([row.text() for row in rows], [
            "60000 60000 60 0 0 60000 0",
            "120000 7080000 7080 0 0 7080000 2",
            "7200000 60000 60 0 0 60000 0",
        ])

    def test_the_rest_of_a_joule_is_carried(self):
        _, rows = run(registers(0, 15 * MIN, [0, 1, 2, 3, 4, 5, 6, 7, 8]), factor="0.37")
        self.assertEqual([row.energy[0] for row in rows], [0, 0, 1, 0, 0, 1, 0, 0])


class Power(unittest.TestCase):
    def test_v21_trapezoid(self):
        _, rows = run([(t * 10**9, "p", w * 1000) for t, w in [(0, 100), (10, 200), (20, 400), (30, 300)]],
                      has_register=0)
        self.assertEqual(total(rows, model.INTEGRATED), 8_000_000)

    def test_v22_irregular_trapezoid(self):
        meter, _ = run([(t * 10**9, "p", w * 1000) for t, w in [(0, 500), (7, 520), (15, 480), (60, 600)]],
                       has_register=0)
        kwh = sum(piece.energy for piece in meter.pieces) / KWH
        self.assertAlmostEqual(float(kwh), 8.85277777778, places=10)

    def test_a_gap_is_not_bridged(self):
        _, rows = run([(0, "p", 1000), (301 * 10**9, "p", 1000), (302 * 10**9, "p", 1000)], has_register=0)
        self.assertEqual(total(rows, model.INTEGRATED), 1000)

    def test_power_of_a_meter_with_a_register_is_no_energy(self):
        _, rows = run([(0, "p", 1000), (MIN, "p", 1000)], has_register=1)
        self.assertEqual(rows, [])


class Traces(unittest.TestCase):
    def test_without_a_fault_the_register_is_the_truth(self):
        seen = 0
        for seed in range(400):
            made = traces.trace(seed)
            if made.rate > 0 or not made.header["has_register"]:
                continue
            # What a count lasts for has to be longer than a reading can be away.
            span = made.header["modulus"]
            if span and span < 10 * made.header["max_power"] * (made.interval_ms * 2.5 / 1000 + 900):
                continue
            seen += 1
            settings, readings = model.parse(made.text().splitlines())
            meter, rows = model.run(settings, readings)
            counts = [value / settings.resolution for _, kind, value in readings if kind == "r"]
            whole = counts[-1] - counts[0] + meter.rollovers * made.modulus
            self.assertEqual(sum(row.energy[0] for row in rows), whole * settings.resolution * settings.factor // 1, seed)
            self.assertEqual((meter.resets, meter.replacements), (0, 0), seed)
        self.assertGreater(seen, 40)

    def test_faults_happen_and_rows_neither_overlap_nor_lose_a_joule(self):
        happened = {"resets": 0, "rollovers": 0, "replacements": 0}
        for seed in range(300):
            settings, readings = model.parse(traces.trace(seed).text().splitlines())
            meter, rows = model.run(settings, readings)
            for name in happened:
                happened[name] += getattr(meter, name)
            for before, after in zip(rows, rows[1:]):
                self.assertLessEqual(before.end, after.start, seed)
            for row in rows:
                self.assertTrue(0 < row.covered <= row.end - row.start, seed)
                self.assertGreaterEqual(min(row.energy), 0, seed)
            for kind in range(3):
                exact = sum(piece.energy for piece in meter.pieces if piece.kind == kind) * settings.factor
                self.assertEqual(total(rows, kind), exact // 1, seed)
        self.assertTrue(all(count > 20 for count in happened.values()), happened)

    def test_both_forms_of_a_trace_say_the_same(self):
        made = traces.trace(5)
        settings, readings = model.parse(made.text().splitlines())
        lines = ['{"modulus": %d, "resolution": %d, "max_power": %d, "factor": "%s", "has_register": %d, "max_gap": %d}'
                 % tuple(made.header.values())]
        names = {"p": "power", "r": "register"}
        lines += [f'{{"t": {t}, "kind": "{names[kind]}", "value": {value}}}' for t, kind, value in readings]
        self.assertEqual(model.parse(lines), (settings, readings))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
