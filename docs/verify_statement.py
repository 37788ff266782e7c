"""Checks an export of Docket against a daily statement of its head office, without any code of Docket.

python3 docs/verify_statement.py EXPORT STATEMENT [KEY]

EXPORT is what `docket-till export` writes (docs/LOG.md), STATEMENT what `docket-central prove --json` prints (docs/SYNC.md),
KEY the key of head office in hex, from elsewhere. Every hash, chain and signature is computed anew, then the day is summed
up and compared. Needs the package `cryptography`. Exit code 0: all agrees; 1: it does not; 2: a file can't be read.
"""
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ROW_TAG, STATEMENT_TAG, NULL = b"docket.row.v1\0", b"docket statement 1\0", b"\xff\xff\xff\xff"
TEXTS, NUMBERS = "stream_kind seen event_type payload actor".split(), "seq schema_version wall_time_ms business_day".split()
COLUMNS = ("log seq event_id stream_kind stream_id seen event_type schema_version payload actor correlation_id "
           "causation_id clock wall_time_ms business_day").split()


def part(data):
    return NULL if data is None else len(data).to_bytes(4, "big") + data


def column(name, value):
    if value is None or name in TEXTS:
        return value if value is None else value.encode("utf-8")
    return value.to_bytes(8, "big", signed=value < 0) if name in NUMBERS else bytes.fromhex(value.replace("-", ""))


def row_hash(prev, row):
    return hashlib.sha256(ROW_TAG + part(prev) + b"".join(part(column(name, row[name])) for name in COLUMNS)).digest()


def signed(public, message, signature):
    try:
        return Ed25519PublicKey.from_public_bytes(public).verify(signature, message) is None
    except (InvalidSignature, ValueError):
        return False


def verify_log(rows):
    first = rows[0]
    if first["kind"] != "row" or first["seq"] != 1 or first["event_type"] != "log.opened" or not first["signature"]:
        raise ValueError("does not begin with a signed log.opened in row 1")
    opened = json.loads(first["payload"])
    public = bytes.fromhex(opened["public_key"])
    if hashlib.sha256(public + bytes.fromhex(opened["nonce"])).hexdigest()[:32] != first["log"]:
        raise ValueError("its id is not the hash of key and nonce")
    prev, open_rows = b"", 0
    for due, row in enumerate(rows, 1):
        if row["seq"] != due:
            raise ValueError(f"row {row['seq']} stands where row {due} is due")
        digest, signature = bytes.fromhex(row["hash"]), bytes.fromhex(row["signature"] or "")
        if row["kind"] == "row" and row_hash(prev, row) != digest:
            raise ValueError(f"row {due}: the hash does not match")
        open_rows += 1
        if signature:
            if not signed(public, digest, signature):
                raise ValueError(f"row {due}: the signature is false")
            open_rows = 0
        prev = digest + signature
    if open_rows:
        raise ValueError("the last group has no signature")
    return opened


def histories(rows):
    found = [[]]  # a further history begins again where it parts from the first (docs/LOG.md)
    for row in rows:
        first, last, at = found[0], found[-1], row["seq"] - 1
        back = bool(last) and row["seq"] <= last[-1]["seq"] and 0 <= at < len(first)
        if back and (row["hash"] != first[at]["hash"] or row["seq"] < last[-1]["seq"]):
            found.append(first[:at] + [row])
        else:
            last.append(row)
    return found


def counted(rows, day):
    hashes = [int(row["hash"], 16) for row in rows if row["kind"] == "row" and row["business_day"] == day]
    return {"count": len(hashes), "hash_sum": f"{sum(hashes) % 2**256:064x}"}


def money(rows, day):  # facts with one id count once, by the first of them
    facts = [row for row in rows if row["kind"] == "row" and row["event_type"] in ("order.cash_paid", "order.refunded")]
    sums, known = {"captured_minor": 0, "refunded_minor": 0}, set()
    for row in sorted(facts, key=lambda row: (row["clock"], row["hash"])):
        fact, paid = json.loads(row["payload"]), row["event_type"] == "order.cash_paid"
        name = (row["stream_id"], row["event_type"], fact["payment_id" if paid else "refund_id"])
        if name not in known and row["business_day"] == day:
            sums["captured_minor" if paid else "refunded_minor"] += fact["amount_minor" if paid else "payout_minor"]
        known.add(name)
    return sums


def main(export, statement_file, key=None):
    faults, logs = [], {}
    with open(export, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line.get("kind") in ("row", "stub"):
                logs.setdefault(line["log"], []).append(line)
    with open(statement_file, encoding="utf-8") as file:
        envelope = json.load(file)
    day_of, day = json.loads(envelope["body"]), json.loads(envelope["body"])["business_day"]
    public, signature = bytes.fromhex(key or envelope["public_key"]), bytes.fromhex(envelope["signature"])
    if not signed(public, STATEMENT_TAG + envelope["body"].encode("utf-8"), signature):
        faults.append("statement: the signature is false")
    whose = "given" if key else "AS THE STATEMENT SAYS ITSELF: compare " + envelope["public_key"]
    print(f"store {day_of['store']}, day {day}, version {day_of['version']}, key {whose}")
    found, devices = {}, {}
    for log, rows in logs.items():
        try:
            branches = histories(rows)
            opened = [verify_log(branch) for branch in branches][0]
        except (ValueError, KeyError, TypeError) as fault:
            faults.append(f"log {log}: {fault}")
            continue
        found[log] = [counted(branch, day) for branch in branches]
        devices.setdefault(opened["device"], []).extend({row["hash"]: row for row in rows}.values())
    for log in day_of["logs"]:
        if log["log"] not in logs:
            print(f"log {log['log']}: not in this export, {log['held']['count']} rows stated")
        elif log["held"] not in found.get(log["log"], []):
            faults.append(f"log {log['log']}: stated {log['held']}, the export has {found.get(log['log'])}")
    stated = [(log["log"], log["held"]) for log in day_of["logs"]]  # each history by itself
    faults += [f"log {log}: {one['count']} rows of the day are not stated" for log, sums in found.items()
               for one in sums if one["count"] and (log, one) not in stated]
    told = {entry["device"]: entry["money"] for entry in day_of["told_money"]}
    for device, sums in ((device, money(rows, day)) for device, rows in devices.items()):
        if told.get(device, {"captured_minor": 0, "refunded_minor": 0}) != sums:
            faults.append(f"device {device}: stated {told.get(device)}, the export has {sums}")
    faults += [f"{name}: the devices' sum is not that of head office" for name in ("captured_minor", "refunded_minor")
               if sum(entry[name] for entry in told.values()) != day_of["money"][name]]
    if day_of["outbox"] != day_of["kafka"] or not day_of["equal"]:
        faults.append("head office itself states that the day is not equal")
    for fault in faults:
        print(fault)
    print("NOT EQUAL" if faults else f"EQUAL: {len(found)} logs verified, {sum(len(rows) for rows in logs.values())} rows")
    return int(bool(faults))


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"can't be read: {error!r}\n\n{__doc__}", file=sys.stderr)
        sys.exit(2)
