"""Verifies an export of Docket with nothing but the Python standard library.

python3 docs/log_example.py FILE            checks every log in FILE
python3 docs/log_example.py FILE LOG SEQ    also prints the hashed bytes of one row, column by column
"""
import hashlib
import json
import sys

TAG = b"docket.row.v1\0"
NULL = b"\xff\xff\xff\xff"


def part(data):
    return NULL if data is None else len(data).to_bytes(4, "big") + data


def text(value):
    return None if value is None else value.encode("utf-8")


def ident(value):
    return None if value is None else bytes.fromhex(value.replace("-", ""))


def number(value):
    return value.to_bytes(8, "big", signed=value < 0)


def columns(prev, row):
    return [
        ("prev", prev),
        ("log", ident(row["log"])),
        ("seq", number(row["seq"])),
        ("event_id", ident(row["event_id"])),
        ("stream_kind", text(row["stream_kind"])),
        ("stream_id", ident(row["stream_id"])),
        ("seen", text(row["seen"])),
        ("event_type", text(row["event_type"])),
        ("schema_version", number(row["schema_version"])),
        ("payload", text(row["payload"])),
        ("actor", text(row["actor"])),
        ("correlation_id", ident(row["correlation_id"])),
        ("causation_id", ident(row["causation_id"])),
        ("clock", ident(row["clock"])),
        ("wall_time_ms", number(row["wall_time_ms"])),
        ("business_day", number(row["business_day"])),
    ]


def row_hash(prev, row):
    return hashlib.sha256(TAG + b"".join(part(data) for _, data in columns(prev, row))).digest()


# Ed25519 verification after RFC 8032, section 5.1.7. Slow and plain; it handles no secret.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def decode(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_is_good(public, message, signature):
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(decode(signature[:32]), times(k, decode(public)))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


def key_of(opening):
    if opening["kind"] != "row" or opening["seq"] != 1 or opening["event_type"] != "log.opened":
        raise ValueError("the log does not begin with log.opened in row 1")
    stated = json.loads(opening["payload"])
    public, nonce = bytes.fromhex(stated["public_key"]), bytes.fromhex(stated["nonce"])
    if hashlib.sha256(public + nonce).digest()[:16].hex() != opening["log"]:
        raise ValueError("the log id is not the hash of public key and nonce")
    if opening["signature"] is None:
        raise ValueError("row 1 is not a group of its own")
    return public


def verify(rows, explain):
    public, prev, due, open_rows = key_of(rows[0]), b"", 1, 0
    for row in rows:
        if row["seq"] != due:
            raise ValueError(f"row {row['seq']} stands where row {due} is due")
        digest, signature = bytes.fromhex(row["hash"]), ident(row["signature"])
        if row["kind"] == "row":
            if explain == due:
                print("tag".ljust(15), TAG.hex())
                for name, data in columns(prev, row):
                    print(name.ljust(15), part(data)[:4].hex(), part(data)[4:].hex())
            if row_hash(prev, row) != digest:
                raise ValueError(f"row {due}: the hash does not match")
            if due > 1 and row["event_type"] == "log.opened":
                raise ValueError(f"row {due}: log.opened stands only in row 1")
        open_rows += 1
        if open_rows > 256:
            raise ValueError(f"row {due}: the group has more than 256 rows")
        if signature is not None:
            if not signature_is_good(public, digest, signature):
                raise ValueError(f"row {due}: the signature is false")
            open_rows = 0
        prev, due = digest + (signature or b""), due + 1
    if open_rows:
        raise ValueError("the last group has no signature")
    return f"{due - 1} rows, head {digest.hex()}"


def histories(rows):
    """The rows of each history. A second one begins again at a row that the first holds too, or holds otherwise."""
    found = [[]]
    for row in rows:
        first, last, at = found[0], found[-1], row["seq"] - 1
        stands = 0 <= at < len(first) and first[at]["seq"] == row["seq"]
        back = bool(last) and row["seq"] <= last[-1]["seq"]
        if stands and back and (row["hash"] != first[at]["hash"] or row["seq"] < last[-1]["seq"]):
            found.append(first[:at] + [row])
        else:
            last.append(row)
    return found


def main(path, explain_log=None, explain_seq="0"):
    logs, good = {}, True
    with open(path, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line.get("kind") in ("row", "stub"):
                logs.setdefault(line["log"], []).append(line)
    for log, rows in logs.items():
        try:
            branches = histories(rows)
            for branch in branches:
                print(log, "good:", verify(branch, int(explain_seq) if log == explain_log else 0))
            if len(branches) > 1:
                print(log, "FORKED:", len(branches), "histories")
        except (ValueError, KeyError) as fault:
            print(log, "DAMAGED:", fault)
            good = False
    return 0 if good and logs else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
