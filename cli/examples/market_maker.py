#!/usr/bin/env python3
"""A market maker in sixty lines: quotes both sides around the mark through `tally session`.

Usage: market_maker.py SECONDS [words for tally session, such as --node 127.0.0.1:7227]
The wallet needs an open note; its password is in the file that TALLY_PASSWORD_FILE names.
"""
import json, os, subprocess, sys, time
from decimal import Decimal

TICK, WIDTH, SIZE, MOST = Decimal("0.025"), 4, 1, 5


class Session:
    def __init__(self, words):
        command = [os.environ.get("TALLY", "tally"), "session", *words]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.asked = 0

    def ask(self, do, **fields):
        self.asked += 1
        print(json.dumps({"do": do, "ref": self.asked, **fields}), file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("ref") == self.asked:
                return message
            if message.get("told") == "event":
                print("told:", message["event"]["text"])
        sys.exit("the session has ended")


def main():
    seconds, session = float(sys.argv[1]), Session(sys.argv[2:])
    quotes, standing, mine = 0, None, []
    end = time.monotonic() + seconds
    while time.monotonic() < end or not quotes:  # a revalidation may take all of the time
        book = session.ask("book", levels=1)
        position = session.ask("position")["positions"][0]["position"]
        orders = session.ask("orders")["orders"]
        # Lean against the position: the longer, the lower.
        middle = Decimal(book["mark"]) - position // SIZE * TICK
        low, high = map(Decimal, book["band"])
        wanted = (max(low, middle - WIDTH * TICK), min(high, middle + WIDTH * TICK))
        trades = book["phase"] in ("continuous", "after-settlement")
        complete = len([order for order in orders if order["order"] in mine]) == 2
        if trades and abs(position) < MOST and not (complete and wanted == standing):
            whole = mine if complete else []
            if not whole and orders:
                session.ask("cancel-all")
            reply = session.ask("quote", bid=str(wanted[0]), ask=str(wanted[1]), quantity=SIZE, replaces=whole)
            mine = [order["order"] for order in reply.get("orders", [])]
            standing, quotes = wanted, quotes + (reply["reply"] == "sent")
            print(f"{book['time']} {wanted[0]} x {wanted[1]}, position {position}: {reply.get('error', 'quoted')}")
        time.sleep(0.25)
    session.ask("cancel-all")
    print(f"{quotes} quotes, position {session.ask('position')['positions'][0]['position']}")
    session.process.communicate()  # the wallet is free again when the session's process has ended
    sys.exit(0 if quotes else 1)


main()
