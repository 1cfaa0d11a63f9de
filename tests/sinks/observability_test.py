#!/usr/bin/env python3
"""The dashboard and the alerts speak of metrics that the sink has, and are in the form that Grafana and Prometheus read.

    observability_test.py ROOT
"""
import json
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(sys.argv[1])
FOLDER = ROOT / "examples" / "observability"
NAMES = set(re.findall(r'^    \{"(lrc_\w+)", "', (ROOT / "runtime/sinks/prometheus.cpp").read_text(), re.MULTILINE))
LABELS = {"run", "output", "group", "rule", "trigger", "signal", "metric", "outcome", "what", "policy", "version", "hash", "run_hash"}


def expressions():
    board = json.loads((FOLDER / "dashboard.json").read_text())
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    yield from re.findall(r"^ +expr: (.+)$", (FOLDER / "alerts.yml").read_text(), re.MULTILINE)


class Observability(unittest.TestCase):
    def test_every_metric_exists(self):
        self.assertEqual(17, len(NAMES))
        used = set()
        for expression in expressions():
            names = re.findall(r"\blrc_\w+", expression)
            self.assertTrue(names, expression)
            used.update(names)
        self.assertLessEqual(used, NAMES)

    def test_every_label_exists(self):
        for expression in expressions():
            for matchers in re.findall(r"\{(.*?)\}", expression):
                self.assertLessEqual(set(re.findall(r"(\w+)[=!]", matchers)), LABELS, expression)
            for by in re.findall(r" by \((.*?)\)", expression):
                self.assertLessEqual({name.strip() for name in by.split(",")}, LABELS, expression)

    def test_panels_do_not_overlap(self):
        taken = set()
        board = json.loads((FOLDER / "dashboard.json").read_text())
        for panel in board["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(taken & cells, panel["title"])
            taken |= cells
        self.assertEqual(len(board["panels"]), len({panel["id"] for panel in board["panels"]}))

    def test_every_alert_is_whole(self):
        alerts = (FOLDER / "alerts.yml").read_text().split("- alert: ")[1:]
        self.assertGreaterEqual(len(alerts), 5)
        for alert in alerts:
            for key in ("expr: ", "labels: {severity: ", "summary: ", "action: "):
                self.assertIn(key, alert)

    def test_prometheus_takes_the_alerts_and_fires_them(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("promtool is not here (Debian's package prometheus)")
        for command in (("check", "alerts.yml"), ("test", "alerts_test.yml")):
            result = subprocess.run([promtool, command[0], "rules", FOLDER / command[1]], text=True, capture_output=True)
            self.assertEqual(0, result.returncode, result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
