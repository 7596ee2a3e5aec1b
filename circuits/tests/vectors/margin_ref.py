#!/usr/bin/env python3
"""Margin over a band, Refresh and Lapse, written straight from the protocol's text, independent of the product's code.
    margin_ref.py SEED COUNT > margin.json      cases with expected answers (integers: ticks, contracts, cents)"""
import json, random, sys


def solvent(n, lo, hi, tau, mu_lo, mu_hi, v_max):
    w_lo = n["m"] - n["Bc"] + (n["v"] + n["Bq"]) * lo * tau
    w_hi = n["m"] + n["Sc"] + (n["v"] - n["Sq"]) * hi * tau
    long, short = n["v"] + n["Bq"], n["Sq"] - n["v"]
    return w_lo >= 0 and w_lo >= mu_lo * long and w_hi >= 0 and w_hi >= mu_hi * short and long <= v_max and short <= v_max


def refresh(m, v, p, h, lo, hi, mu, tau, forced):
    """Largest position of the same sign that is solvent at maintenance mu in [lo, hi] after closing the rest at p with haircut h."""
    if forced:
        return m + v * p * tau, 0
    n = abs(v)
    close = p * tau - h if v > 0 else -(p * tau + h)               # cash per contract closed
    x = m + n * close
    d = (p - lo) * tau + mu - h if v > 0 else (hi - p) * tau + mu - h
    keep = n if n * d <= x else x // d
    return m + (n - keep) * close, keep if v > 0 else -keep


def lapse(m, v, p, reopen, h_late, tau):
    worse = min(p, reopen) if v > 0 else max(p, reopen)
    return max(0, m + v * worse * tau - abs(v) * h_late)


def case(rng):
    tau = rng.choice([1000, 1000, 1, 25, 1250])
    centre = rng.choice([2800, 2750, 0, -40, rng.randrange(-5000, 20000)])
    lo, hi = centre - rng.randrange(0, 121), centre + rng.randrange(0, 121)
    mu = rng.randrange(0, 20001); fee = rng.randrange(0, min(mu, 500) + 1); init = mu + rng.randrange(0, 80001); h = rng.randrange(0, mu + 1)
    v = rng.choice([0, 1, -1, rng.randrange(-500, 501), rng.randrange(-8_000, 8_001)])
    bq, sq = rng.choice([0, 0, rng.randrange(0, 400)]), rng.choice([0, 0, rng.randrange(0, 400)])
    bl, sl = rng.randint(lo, hi), rng.randint(lo, hi)
    bc, sc = bq * (bl * tau + fee), sq * (sl * tau - fee)
    need = max(bc - (v + bq) * lo * tau + max(0, mu * (v + bq)), -sc - (v - sq) * hi * tau + max(0, mu * (sq - v)))
    m = need + rng.choice([0, -1, 1, rng.randrange(-10**6, 10**8)])
    note = {"m": m, "v": v, "Bq": bq, "Bc": bc, "Sq": sq, "Sc": sc}
    mus = rng.choice([(mu, mu), (init, mu), (mu, init), (init, init)])
    v_max = rng.choice([10_000, abs(v) + bq + sq, max(0, abs(v) - 1)])
    out = {"tau": tau, "lo": lo, "hi": hi, "fee": fee, "note": note, "mu_lo": mus[0], "mu_hi": mus[1], "v_max": v_max,
           "solvent": solvent(note, lo, hi, tau, *mus, v_max)}
    p = rng.randint(lo, hi)
    lo2, hi2 = p - rng.randrange(0, 121), p + rng.randrange(0, 121)
    mu2 = rng.randrange(h, 20001)
    m0 = max(-v * lo * tau, -v * hi * tau) + mu * abs(v) + rng.choice([0, 1, rng.randrange(0, 10**6), rng.randrange(0, 10**8)])   # solvent, nothing reserved
    forced = rng.random() < 0.1
    m1, v1 = refresh(m0, v, p, h, lo2, hi2, mu2, tau, forced)
    assert m1 + v1 * min(lo2 * v1, hi2 * v1) // (v1 or 1) * tau >= 0 if v1 else m1 >= 0
    out["refresh"] = {"m": m0, "v": v, "p": p, "h": h, "lo": lo2, "hi": hi2, "mu": mu2, "forced": forced, "m_after": m1, "v_after": v1}
    reopen, late = rng.randint(lo2, hi2), rng.randint(h, mu)
    out["lapse"] = {"m": m0, "v": v, "p": p, "reopen": reopen, "h_late": late, "m_after": lapse(m0, v, p, reopen, late, tau)}
    return out


if __name__ == "__main__":
    rng = random.Random(int(sys.argv[1]))
    print(json.dumps([case(rng) for _ in range(int(sys.argv[2]))], separators=(",", ":")))
