#!/usr/bin/env python3
"""The golden points of the published recipes, from the published formulas.

    recipes_test.py LRC FOLDER            every point of FOLDER/*.lrp is its formula's value, and lrc evaluates to it
    recipes_test.py LRC FOLDER --write    writes the points into the test blocks: from the formulas, never from lrc

Each formula below is written as its source has it, in the source's own counting, and evaluated with mpmath in 60 digits:
`k` is the update, from 0. What is printed in a source is a text and must be met to the last digit that is printed.
"""
import csv
import io
import os
import re
import subprocess
import sys
import tempfile
import unittest
from functools import lru_cache
from pathlib import Path

from mpmath import ceil, cos, exp, floor, log, mp, mpf, nstr, pi, sqrt

mp.dps = 60
# Of the largest value of the output among its points.
TOLERANCE = mpf("1e-12")


def ramp(a, b, u):
    u = min(max(mpf(u), 0), 1)
    return a + (b - a) * u


def half_cosine(a, b, u):
    """From a to b, as most sources write it."""
    u = min(max(mpf(u), 0), 1)
    return b + (a - b) * (1 + cos(pi * u)) / 2


def n(text):
    return mpf(text)


class Path_:
    """Where updates start when the batch grows: `jumps` are (position, batch), taken at an update's start."""

    def __init__(self, jumps):
        self.starts, self.jumps = [mpf(0)], jumps

    @staticmethod
    def ramp(first, last, over, part):
        parts = (last - first) // part
        return Path_([(mpf(over) * i / parts, first + i * part) for i in range(parts + 1)])

    @lru_cache(None)
    def landmarks(self):
        """(update, position, batch) where the batch changes."""
        found, update, at = [], 0, mpf(0)
        for (_, batch), following in zip(self.jumps, [*self.jumps[1:], None]):
            found.append((update, at, batch))
            if following and following[0] > at:
                steps = int(ceil((following[0] - at) / batch))
                update, at = update + steps, at + steps * batch
        return found

    def __call__(self, k):
        update, at, batch = [mark for mark in self.landmarks() if mark[0] <= k][-1]
        return at + (k - update) * batch

    def update_of(self, position):
        """The update at whose start the position is reached, as a real number."""
        update, at, batch = [mark for mark in self.landmarks() if mark[1] <= position][-1]
        return update + (position - at) / batch


def warm_cosine(peak, floor_, warmup, horizon, clock=lambda k: k, late=0, first=0):
    """Warmup and cosine on one clock, as most trainers have it. late=1 reads at the end of an update."""

    def value(k):
        x, w, t = mpf(clock(k + late)), n(warmup), n(horizon)
        if x < w:
            return n(first) + (n(peak) - n(first)) * x / w
        return half_cosine(n(peak), n(floor_), (x - w) / (t - w))

    return value


def warm_linear(peak, floor_, warmup, horizon, late=0, first=0):
    def value(k):
        x, w, t = mpf(k + late), n(warmup), n(horizon)
        if x < w:
            return n(first) + (n(peak) - n(first)) * x / w
        return ramp(n(peak), n(floor_), (x - w) / (t - w))

    return value


def stable_decay(peak, warmup, start, steps, form=lambda u: u):
    """nanotron's."""

    def value(k):
        if k <= warmup:
            return n(peak) * k / warmup
        return n(peak) * (1 - form(min(max(mpf(k - start) / steps, 0), 1)))

    return value


def stages(*parts):
    """(end, value)…: the value of the first whose end lies ahead."""
    return lambda k: next(mpf(value) for end, value in parts if end is None or k < end)


# Sequences of 4096 tokens; 128 parts of 469B tokens.
V3 = Path_.ramp(3072 * 4096, 15360 * 4096, 469 * 10**9, 96 * 4096)


def v3_curve(x):
    if x < n("10e12"):
        return n("2.2e-4")
    if x < n("14.3e12"):
        return half_cosine(n("2.2e-4"), n("2.2e-5"), (x - n("10e12")) / n("4.3e12"))
    return n("2.2e-5") if x < n("14.633e12") else n("7.3e-6")


def v3(k):
    return n("2.2e-4") * (k + 1) / 2000 if k < 2000 else v3_curve(V3(k))


def v2_lite(k):
    x = mpf(k) * 4608 * 4096
    if k < 2000:
        return n("4.2e-4") * (k + 1) / 2000
    return n("4.2e-4") * n("0.316") ** sum(x >= n(edge) for edge in ("4.56e12", "5.13e12"))


def kimi(k):
    x = mpf(k) * 2**26
    if k < 500:
        return n("2e-4") * (k + 1) / 500
    if x < n("15.5e12"):
        return half_cosine(n("2e-4"), n("2e-5"), max(0, x - n("10e12")) / n("5.5e12"))
    return ramp(n("2e-5"), n("7e-6"), (x - n("15.5e12")) / n("460e9"))


LLAMA = Path_([(0, 2**22), (n("252e6"), 2**23), (n("2.87e12"), 2**24)])


def llama(k):
    def cosine(s):
        return half_cosine(n("8e-5"), n("8e-7"), (s - 8000) / (mpf(1200000) - 8000))

    if k < 8000:
        return n("8e-5") * (k + 1) / 8000
    last = n("15.6e12") - n("40e6")
    if LLAMA(k) < last:
        return cosine(mpf(k))
    return cosine(LLAMA.update_of(last)) * (1 - (LLAMA(k) - last) / n("40e6"))


GPT3 = Path_.ramp(32000, 3200000, 12 * 10**9, 32000)


def gpt3_curve(x):
    if x < n("375e6"):
        return n("6e-5") * x / n("375e6")
    return half_cosine(n("6e-5"), n("6e-6"), (x - n("375e6")) / (n("260e9") - n("375e6")))


def gpt3(k):
    # The ramp up is read at the end of an update, but not behind its own end.
    if GPT3(k) < n("375e6"):
        return gpt3_curve(min(GPT3(k + 1), n("375e6")))
    return gpt3_curve(GPT3(k))


BLOOM = Path_.ramp(192, 2048, 9765625, 16)
bloom = warm_cosine("6e-5", "6e-6", 183105, 200000000, BLOOM)


def palm(k):
    return n("1e-2") if k < 10000 else 1 / sqrt(mpf(k))


CHINCHILLA = Path_([(0, 1500000), (n("700e9"), 3000000)])


def chinchilla(k):
    if k < 1500:
        return n("1e-7") + (n("1e-4") - n("1e-7")) * (k + 1) / 1500
    start = CHINCHILLA(1500)
    return half_cosine(n("1e-4"), n("1e-5"), (CHINCHILLA(k) - start) / (n("1.4e12") - start))


def olmo2_32b(k):
    x, w = mpf(k + 1) * 2048 * 4096, mpf(2000) * 2048 * 4096
    if x < w:
        return n("6e-4") * x / w
    return half_cosine(n("6e-4"), n("6e-5"), (x - w) / (n("6.5e12") - w))


def olmo3(k):
    peak, low, s = n("3e-4"), n("3e-5"), k + 1
    if s <= 2000:
        return peak * s / 2000
    if s <= 597046:
        return half_cosine(peak, low, mpf(s - 2000) / (1192092 - 2000))
    tokens = 512 * 8192
    u = min(1, (mpf(s) * tokens - 597046 * tokens) / (n("7e12") - 597046 * tokens))
    return low + (peak - low) * (1 + cos(pi / 2 + pi / 2 * u)) / 2


def olmo1(k):
    s = k + 1
    if s < 5000:
        return n("3e-4") * (n("0.1") + n("0.9") * mpf(s) / 5000)
    return n("3e-4") - n("2.7e-4") * (s - 5000) / (557000 - 5000)


def bert(k):
    return n("1e-4") * k / 10000 if k < 10000 else n("1e-4") * (1 - mpf(k) / 1000000)


def transformer(k):
    s = mpf(k + 1)
    return mpf(512) ** mpf("-0.5") * min(s ** mpf("-0.5"), s * mpf(4000) ** mpf("-1.5"))


def whisper(k):
    return n("1.75e-4") * (k + 1) / 2048 if k < 2048 else n("1.75e-4") * (2**20 - k) / (2**20 - mpf(2048))


def tri_stage(k):
    if k < 8000:
        return n("3e-7") + (n("3e-5") - n("3e-7")) * k / 8000
    if k < 40000:
        return n("3e-5")
    return n("3e-5") * exp(log(n("0.05")) / 40000 * (k - 40000))


def goyal(k):
    epoch = mpf(k) * 8192 / 1281167
    peak = n("0.1") * 8192 / 256
    if epoch < 5:
        return n("0.1") + (peak - n("0.1")) * epoch / 5
    return peak / mpf(10) ** sum(epoch >= edge for edge in (30, 60, 80))


def efficientnet(k):
    epoch = k // 1668
    if epoch < 5:
        return n("1e-6") + epoch * (n("0.048") - n("1e-6")) / 5
    return n("0.048") * n("0.97") ** floor((epoch - 5) / n("2.4"))


def vit_s16(k):
    total = mpf(90) * 1268355 / 1024
    progress = min(max((k - 10000) / (total - 10000), 0), 1)
    return n("1e-3") * (1 + cos(pi * progress)) / 2 * min(1, mpf(k) / 10000)


def linspace_cosine(base, final, total, warmup=0, first=0):
    """DINO's arrays: numpy's linspace, both ends in it, and a cosine over the rest."""

    def value(k):
        if k < warmup:
            return n(first) + (mpf(base) - n(first)) * k / (warmup - 1)
        return n(final) + (mpf(base) - n(final)) * (1 + cos(pi * (k - warmup) / (total - warmup))) / 2

    return value


dino_lr = linspace_cosine(n("2e-4") * sqrt(mpf(3072) / 1024), "1e-6", 625000, 100000)


def detectron(k):
    alpha = min(mpf(k) / 1000, 1)
    return n("0.02") * (n("0.001") * (1 - alpha) + alpha) / mpf(10) ** sum(k >= edge for edge in (60000, 80000))


def yolo(bias):
    def value(k):
        epoch = k // 1849
        target = n("0.01") * ((1 - mpf(epoch) / 300) * (1 - n("0.01")) + n("0.01"))
        return ramp(n(bias), target, mpf(k) / (3 * 1849))

    return value


def modded(k):
    rate = n("1") if k < 423 else n("1.52") if k < 847 else n("1.73")
    t = min(1, mpf(k - 508) / (1270 - 508)) if k >= 508 else 0
    return rate * (1 - t) + n("0.15") * t


def muon(k):
    if k < 300:
        return n("0.85") + mpf(k) / 300 * n("0.1")
    return n("0.95") - mpf(k - 1235) / 50 * n("0.1") if k > 1235 else n("0.95")


def nanogpt(k):
    if k < 2000:
        return n("6e-4") * (k + 1) / 2001
    return n("6e-5") + (1 + cos(pi * mpf(k - 2000) / (600000 - 2000))) / 2 * (n("6e-4") - n("6e-5"))


def torchtitan(k):
    if k < 2000:
        return n("2.2e-4") * (k + 1) / 2000
    return n("2.2e-4") * (n("0.1") + n("0.9") * (1 + cos(pi * mpf(k - 2000) / 8000)) / 2)


PUBLISHED = [(59312, "1.944e-5"), (9841584, "5.969e-5"), (47768496, "5.279e-5"), (47784880, "5.278e-5"),
             (47842224, "5.277e-5"), (158692272, "1.150e-5")]

# name: [(output or (output, group), formula, updates)], then points at a position: (output, text, value or printed text).
def grouped(count):
    return f"{count:_}" if count >= 10000 else str(count)


RECIPES = {
    "deepseek_v3": [
        ("lr", v3, [0, 999, 1999, 2000, 200000, 235000]),
        ("multi_token_prediction_weight", lambda k: n("0.3") if V3(k) < n("10e12") else n("0.1"), [150000, 200000]),
        ("router_bias_speed", lambda k: n("0.001") if V3(k) < n("14.3e12") else 0, [200000, 235000]),
        ("lr", "12.15T tokens", v3_curve(n("12.15e12"))), ("lr", "14.5T tokens", n("2.2e-5")),
        ("lr", "14.7T tokens", n("7.3e-6"))],
    "deepseek_v2_lite": [("lr", v2_lite, [0, 999, 1999, 200000, 241597, 241598, 271797, 271798])],
    "kimi_k2": [
        ("lr", kimi, [0, 249, 499, 149011, 150000, 190000, 230000, 230967, 234000, 237000]),
        ("sequence_length", lambda k: mpf(4096) if k * 2**26 < n("15.9e12") else mpf(32768), [236000, 237500])],
    "llama3_405b": [
        ("lr", llama, [0, 3999, 7999, 8000, 500000, 1000000, LLAMA.landmarks()[-1][0], 1100000]),
        ("sequence_length", lambda k: mpf(4096) if LLAMA(k) < n("252e6") else mpf(8192), [60, 61])],
    "gpt3_175b": [
        ("lr", gpt3, [0, 1000, 3000, 20000, 60000, 95000]),
        ("lr", "375M tokens", n("6e-5")), ("lr", "100B tokens", gpt3_curve(n("100e9"))),
        ("lr", "260B tokens", n("6e-6"))],
    "bloom_176b": [
        ("lr", bloom, [0, 100, 1000, 50000, 100000]),
        *(("lr", f"{grouped(samples)} samples", printed) for samples, printed in PUBLISHED)],
    "palm_540b": [
        ("lr", palm, [0, 9999, 10000, 40000, 254999]),
        ("weight_decay", lambda k: palm(k) ** 2, [0, 40000]),
        ("beta2", lambda k: 1 - mpf(k + 1) ** n("-0.8"), [0, 1, 9999, 254999])],
    "chinchilla_70b": [("lr", chinchilla, [0, 749, 1499, 1500, 200000, 466667, 600000, 699999])],
    "gpt_neox_20b": [("lr", warm_cosine("0.97e-4", "0.97e-5", 1500, 150000), [0, 1, 750, 1499, 1500, 75750, 149999])],
    "pythia_6_9b": [("lr", warm_cosine("1.2e-4", "1.2e-5", 1430, 143000), [0, 1, 1429, 1430, 72215, 142999])],
    "olmo2_7b_stage1": [
        ("lr", warm_cosine("3e-4", "3e-5", 8388608000, 5 * 10**12, lambda k: k * 2**22, 1),
         [0, 999, 1999, 2000, 500000, 928645])],
    "olmo2_7b_stage2": [("lr", lambda k: ramp(n("6.1499e-5"), 0, (k + 1) * mpf(2**22) / n("50e9")), [0, 1, 5960, 11919, 11920])],
    "olmo2_1b_stage1": [
        ("lr", warm_cosine("4e-4", "4e-5", 8388608000, 5 * 10**12, lambda k: k * 2**21, 1),
         [0, 1999, 3999, 4000, 1000000, 1907348])],
    "olmo2_1b_stage2": [("lr", lambda k: ramp(n("7.4487e-5"), 0, (k + 1) * mpf(2**21) / n("50e9")), [0, 1, 11920, 23840, 23841])],
    "olmo2_32b": [("lr", olmo2_32b, [0, 999, 1999, 2000, 388000, 774859, 774860])],
    "olmo3_7b": [("lr", olmo3, [0, 999, 1999, 2000, 300000, 597044, 597045, 597046, 1000000, 1668929])],
    "olmo1_7b": [
        ("lr", olmo1, [0, 2499, 4998, 4999, 278500, 556999]),
        ("grad_clip", stages((1000, 10), (None, 1)), [0, 999, 1000])],
    "smollm1_135m": [("lr", stable_decay("3e-3", 5000, 500000, 100000, sqrt), [0, 1, 4999, 5000, 500000, 500001, 525000, 599999])],
    "smollm1_1_7b": [("lr", stable_decay("5e-4", 2000, 400000, 100000, sqrt), [0, 1, 1999, 2000, 400000, 400001, 425000, 499999])],
    "smollm2_1_7b": [("lr", stable_decay("5e-4", 2000, 4716000, 524000), [0, 1, 1999, 2000, 4716000, 4978000, 5239999])],
    "smollm3_3b": [("lr", stable_decay("2e-4", 2000, 4198001, 522000), [0, 1, 1999, 2000, 4198001, 4459001, 4719999])],
    "smollm3_3b_long_context": [("lr", warm_cosine("2e-5", 0, 1000, 20000), [0, 1, 999, 1000, 10500, 19999])],
    "mpt_7b": [("lr", warm_cosine("1.2e-4", "1.2e-5", 100, 63900), [0, 1, 99, 100, 32000, 63899])],
    "bert_base": [("lr", bert, [0, 1, 9999, 10000, 500000, 999999])],
    "roberta_base": [("lr", warm_linear("5e-4", 0, 10000, 125000), [0, 1, 9999, 10000, 67500, 124999])],
    "transformer_base": [("lr", transformer, [0, 1, 1999, 3999, 4000, 15999, 99999])],
    "t5": [("lr", lambda k: 1 / sqrt(mpf(max(k, 10000))), [0, 9999, 10000, 40000, 524287])],
    "whisper": [("lr", whisper, [0, 1023, 2047, 2048, 524288, 1048575])],
    "wav2vec2_base_100h": [
        ("lr", tri_stage, [0, 4000, 7999, 8000, 39999, 40000, 60000, 79999]),
        (("lr", "feature_extractor"), lambda k: mpf(0), [0, 40000])],
    "resnet50_90_epochs": [
        ("lr", lambda k: n("0.1") / mpf(10) ** (k // 150150), [0, 150149, 150150, 300299, 300300, 450449])],
    "goyal_1_hour": [("lr", goyal, [0, 1, 400, 781, 782, 4691, 4692, 9383, 12511, 14075])],
    "efficientnet_b0": [
        ("lr", efficientnet, [0, 1667, 1668, 8339, 8340, 13343, 13344, 16680, 16681, 750599])],
    "vit_s16_90_epochs": [("lr", vit_s16, [0, 1, 9999, 10000, 60000, 111476])],
    "vit_fine_tune": [("lr", warm_cosine("0.03", 0, 500, 20000), [0, 1, 499, 500, 10250, 19999])],
    "mae_vit_l": [("lr", warm_cosine("2.4e-3", 0, 40 * 312, 800 * 312), [0, 312, 12479, 12480, 131040, 249599])],
    "swin": [("lr", warm_cosine("1e-3", "1e-5", 20 * 1251, 300 * 1251, first="1e-6"), [0, 1251, 25019, 25020, 200160, 375299])],
    "convnext": [("lr", linspace_cosine("4e-3", "1e-6", 300 * 312, 20 * 312), [0, 1, 6238, 6239, 6240, 49920, 93599])],
    "dinov2_vit_l": [
        ("lr", dino_lr, [0, 50000, 99998, 99999, 100000, 362500, 624999]),
        (("lr", "last_layer"), lambda k: dino_lr(k) if k >= 1250 else mpf(0), [1249, 1250]),
        (("lr", "patch_embed"), lambda k: dino_lr(k) * n("0.2"), [362500]),
        ("weight_decay", linspace_cosine("0.04", "0.2", 625000), [0, 312500, 624999]),
        ("teacher_momentum", linspace_cosine("0.994", "1", 625000), [0, 312500, 624999]),
        ("teacher_temperature", linspace_cosine("0.07", "0.07", 625000, 37500, "0.04"), [0, 18750, 37498, 37499, 37500])],
    "detectron2_1x": [("lr", detectron, [0, 1, 999, 1000, 59999, 60000, 80000, 89999])],
    "yolov5": [
        ("lr", yolo(0), [0, 1, 1849, 5546, 5547, 277350, 554699]),
        (("lr", "biases"), yolo("0.1"), [0, 1, 1849, 5546, 5547]),
        ("momentum", lambda k: ramp(n("0.8"), n("0.937"), mpf(k) / 5547), [0, 1849, 5547])],
    "stable_diffusion_v1": [
        ("lr", lambda k: n("1e-4") * (n("1e-6") + (1 - n("1e-6")) * min(1, mpf(k) / 10000)), [0, 1, 5000, 9999, 10000, 430999]),
        ("resolution", stages((237000, 256), (None, 512)), [236999, 237000])],
    "alphafold2": [
        ("lr", lambda k: n("1e-3") * min(1, mpf(k) / 1000) * (n("0.95") if k >= 50000 else 1), [0, 1, 500, 999, 1000, 49999, 50000, 78124])],
    "lora_gpt2_m": [("lr", warm_linear("2e-4", 0, 500, mpf(5) * 42061 / 8), [0, 1, 499, 500, 13000, 26287, 26288])],
    "nanogpt_124m": [("lr", nanogpt, [0, 999, 1999, 2000, 301000, 599999])],
    "modded_nanogpt": [
        ("lr", lambda k: n("0.023") * modded(k), [0, 422, 423, 508, 600, 847, 1269, 1270, 1284]),
        (("lr", "adam"), lambda k: n("0.008") * modded(k), [0, 847]),
        ("momentum", muon, [0, 150, 300, 1235, 1284]),
        ("window_long", stages((423, 3), (847, 7), (1270, 11), (None, 13)), [422, 423, 847, 1270]),
        ("second_token_weight", lambda k: n("0.5") if k < 423 else n("0.5") * (1 - min(1, mpf(k - 423) / 424)), [0, 423, 635, 847]),
        ("third_token_weight", lambda k: n("0.25") * (1 - min(1, mpf(k) / 423)), [0, 200, 423])],
    "torchtitan_deepseek_v3": [("lr", torchtitan, [0, 999, 1999, 2000, 6000, 9999])],
}


def decimal(value, digits=17):
    text = nstr(value, digits, min_fixed=-4, max_fixed=17, strip_zeros=True)
    return re.sub(r"\.0(?=e|$)", "", text)


def points(name):
    """(output, group, where, value as written, within)"""
    rows = RECIPES[name]
    exact = {}
    for what, second, third in rows:
        output = what if isinstance(what, str) else what[0]
        values = [second(k) for k in third] if callable(second) else [] if isinstance(third, str) else [third]
        exact[output] = max([exact.get(output, 0), *(abs(mpf(v)) for v in values)])
    for what, second, third in rows:
        output, group = (what, None) if isinstance(what, str) else what
        within = decimal(exact[output] * TOLERANCE, 2)
        if callable(second):
            for k in third:
                yield output, group, f"step {grouped(k)}", decimal(second(k)), within
        elif isinstance(third, str):
            last = len(re.match(r"\d+\.(\d+)", third)[1])
            yield output, group, second, third, f"0.{'0' * last}5{third[third.index('e'):]}"
        else:
            yield output, group, second, decimal(third), within


def block(name):
    lines = [f"  {output}{f' in {group}' if group else ''} at {where} is {value} within {within}\n"
             for output, group, where, value, within in points(name)]
    return f'test "golden points" for {name} {{\n{"".join(lines)}}}\n'


TEST = re.compile(r'^test "golden points" for \w+ \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)
POINT = re.compile(r"^\s*(\w+)(?: in (\w+))?\s+at (?:step ([\d_]+)|(.*?))\s+is (\S+)\s+within (\S+)$", re.MULTILINE)

BATCH = re.compile(r"^  batch .*\n(?:      .*\n)*", re.MULTILINE)
SUFFIX = {"M": 10**6, "B": 10**9, "T": 10**12, **dict.fromkeys("0123456789", 1)}


class Recipes(unittest.TestCase):
    lrc = None
    folder = None
    largest = mpf(0)

    def test_every_recipe_has_formulas(self):
        self.assertEqual(sorted(RECIPES), sorted(path.stem for path in self.folder.glob("*.lrp")))

    def test_points_are_the_formulas(self):
        for name in RECIPES:
            with self.subTest(name):
                found = POINT.findall((self.folder / f"{name}.lrp").read_text())
                wanted = [(output, group or "", where[5:] if where.startswith("step ") else "",
                           "" if where.startswith("step ") else where, value, within)
                          for output, group, where, value, within in points(name)]
                self.assertEqual([self.numbers(row) for row in wanted], [self.numbers(row) for row in found])

    @staticmethod
    def numbers(row):
        return (*row[:3], row[3].replace("_", ""), mpf(row[4]), mpf(row[5]))

    def test_published_pairs_follow_the_formula(self):
        for samples, printed in PUBLISHED:
            value = warm_cosine("6e-5", "6e-6", 183105, 200000000)(samples)
            self.assertEqual(printed, f"{float(value):.3e}".replace("e-0", "e-"))

    def test_lrc_agrees(self):
        for name in RECIPES:
            with self.subTest(name):
                self.agrees(name)

    def agrees(self, name):
        text = TEST.sub("", (self.folder / f"{name}.lrp").read_text())
        groups, positions = {}, []
        for output, group, step, where, value, within in POINT.findall((self.folder / f"{name}.lrp").read_text()):
            if step:
                groups.setdefault(group, []).append((output, int(step), mpf(value), mpf(within)))
            else:
                positions.append((output, where, mpf(value), mpf(within)))
        for group, rows in groups.items():
            table = self.evaluate(name, text, sorted({row[1] for row in rows}), group)
            largest = {}
            for output, _, value, _ in rows:
                largest[output] = max(largest.get(output, 0), abs(value))
            for output, step, value, within in rows:
                got = mpf(float(table[step][output]))
                with self.subTest(f"{output} in {group or 'all'} at step {step}"):
                    self.assertLessEqual(abs(got - value), within, f"lrc {table[step][output]}, formula {value}")
                if largest[output]:
                    Recipes.largest = max(Recipes.largest, abs(got - value) / largest[output])
        for output, where, value, within in positions:
            # What is a function of a position does not depend on the batch: one that begins an update there.
            length, unit = where.split()
            length = int(n(length.rstrip("MBT").replace("_", "")) * SUFFIX[length[-1]])
            steps = next(count for count in (10000, 16) if length % count == 0)
            same = BATCH.sub(f"  batch {length // steps} {unit} per step\n", text)
            table = self.evaluate(name, same, [steps], "")
            with self.subTest(f"{output} at {where}"):
                self.assertLessEqual(abs(mpf(float(table[steps][output])) - value), within)

    def evaluate(self, name, text, steps, group):
        with tempfile.TemporaryDirectory() as folder:
            policy = Path(folder, f"{name}.lrp")
            policy.write_text(text)
            call = [self.lrc, "eval", str(policy), "--at", ",".join(map(str, steps)), "--format", "csv"]
            result = subprocess.run(call + (["--group", group] if group else []), text=True, capture_output=True)
        self.assertEqual(0, result.returncode, result.stderr)
        return {int(row["step"]): row for row in csv.DictReader(io.StringIO(result.stdout))}


def main():
    arguments = [a for a in sys.argv[1:] if a != "--write"]
    Recipes.lrc, Recipes.folder = os.path.abspath(arguments[0]), Path(arguments[1])
    if "--write" in sys.argv:
        for name in RECIPES:
            path = Recipes.folder / f"{name}.lrp"
            path.write_text(TEST.sub(lambda _: block(name), path.read_text()))
        return
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromTestCase(Recipes))
    print(f"{len(RECIPES)} recipes, largest error {nstr(Recipes.largest, 3)} of the largest value")
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
