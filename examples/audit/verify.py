"""Checks audits of mlc without mlc; needs Python 3.8 and nothing else.

    python3 verify.py [--key KEY]... [--anchor FILE]... FOLDER...

KEY is the line that `mlc audit keygen` printed, or a PEM file; FILE is what `mlc audit anchor` printed once. One line for
each folder: `ok RECORDS HEAD`, or `bad FILE LINE REASON` for the first thing found. Exit code 0, or 8 when one is bad.
"""
import base64, functools, hashlib, json, os, re, sys

TEXT = rb'"(?:[^"\\]|\\.)*"'
LINE = re.compile(rb'(\{"v":1,"seq":([1-9]\d*),"at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","run":(?:null|@),"job":(?:null|@),'
                  rb'"event":"[a-z]+(?:\.[a-z]+)*","key":(?:null|@),"data":\{.*\},"actor":\{"user":@,"host":@,"mlc":@\},'
                  rb'"prev":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}'.replace(b'@', TEXT))
NAME = re.compile(rb'mlc/[^\s+\x00-\x1f\x7f-\xa0]{0,296}')
DASH = '\u2014 '.encode()
KEYS = ['v', 'seq', 'at', 'run', 'job', 'event', 'key', 'data', 'actor', 'prev', 'hash']
LONGEST = 8 * 1024 * 1024  # a line with its newline


def decoded(text):  # base64 in the one spelling that an encoder writes, else None
    try:
        found = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return found if text and base64.b64encode(found) == text else None


# Ed25519 (RFC 8032), points as (x, y) with z and t; slow and plain.
P, L = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)


def plus(a, b):
    x, y, z, t = ((a[1] - a[0]) * (b[1] - b[0]), (a[1] + a[0]) * (b[1] + b[0]), 2 * a[2] * b[2], 2 * a[3] * b[3] * D)
    e, f, g, h = y - x, z - t, z + t, y + x
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, point):
    sum_ = (0, 1, 1, 0)
    while n:
        sum_, point, n = plus(sum_, point) if n & 1 else sum_, plus(point, point), n >> 1
    return sum_


def point_of(text):
    y, sign = int.from_bytes(text, 'little') & (1 << 255) - 1, text[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x, y, 1, (P - x if x & 1 != sign else x) * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, 'little'))


@functools.lru_cache(maxsize=None)
def is_signed(key, text, signature):
    if len(signature) != 64:
        return False
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], 'little')
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), 'little') % L
    left, right = times(s, BASE), plus(r, times(k, a))
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


def read_notes(data, may_be_unsigned=False):  # [(line, name, records, hash, signatures)], line of the first fault or None
    lines, notes, at = data.split(b'\n')[:-1], [], 0
    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        head = lines[at:at + 4]
        is_note = NAME.fullmatch(head[0]) and all(re.fullmatch(rb'0|[1-9]\d{0,14}', n) for n in head[1:2]) \
            and all(len(decoded(n) or b'') == 32 for n in head[2:3]) and not any(head[3:4])
        signed = []
        while at + 4 + len(signed) < len(lines) and lines[at + 4 + len(signed)].startswith(DASH):
            signed.append(lines[at + 4 + len(signed)][len(DASH):].split(b' '))
        good = all(len(s) == 2 and s[0] and len(decoded(s[1]) or b'') > 4 for s in signed)
        ends = at + 4 + len(signed) >= len(lines)
        if is_note and good and len(head) == 4 and (signed or may_be_unsigned):
            sums = [(s[0], decoded(s[1])[:4], decoded(s[1])[4:]) for s in signed]
            notes.append((at + 1, b'\n'.join(head[:3]) + b'\n', int(head[1]), decoded(head[2]).hex(), sums))
        elif not (is_note and good and ends):
            return notes, at + 1
        at += 4 + len(signed)
    return notes, None


def signed_by(note, keys):
    found = [is_signed(key, note[1], signature) for name, mark, signature in note[4] for key in keys
             if hashlib.sha256(name + b'\n\x01' + key).digest()[:4] == mark]
    return bool(found) and all(found)


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError('a key twice')
    return dict(pairs)


def no_number(word):  # Python reads NaN and Infinity, JSON has neither
    raise ValueError(word)


def is_deeper(value, levels):
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return parts is not None and (levels == 0 or any(is_deeper(part, levels - 1) for part in parts))


def is_record(line):  # what the pattern of a line leaves open
    if len(line) >= LONGEST:
        return False
    try:  # numbers stay text: Python refuses to read very long ones
        value = json.loads(line.decode('utf-8'), object_pairs_hook=once, parse_int=str, parse_float=str, parse_constant=no_number)
    except (ValueError, RecursionError):
        return False
    return list(value) == KEYS and not is_deeper(value['data'], 100) and not re.search(rb'\s', re.sub(TEXT, b'', line))


def check(folder, keys=(), anchors=()):
    seq, head, places, end = 0, '0' * 64, {}, ('checkpoints', 1)
    files = sorted(f for f in os.listdir(folder) if re.fullmatch(r'\d{4}-(0[1-9]|1[0-2])\.jsonl', f)
                   and os.path.getsize(os.path.join(folder, f)) > 0)
    for file in files:
        end = (file, 1) if end[0] == 'checkpoints' else end
        with open(os.path.join(folder, file), 'rb') as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b'\n') and file == files[-1]:
                    continue  # torn by a crash: the next writer sets it aside
                found = LINE.fullmatch(line[:-1]) if line.endswith(b'\n') and is_record(line[:-1]) else None
                if not found or hashlib.sha256(found[1]).hexdigest() != found[4].decode() \
                        or found[2].decode() != str(seq + 1) or found[3].decode() != head:
                    return f'bad {file} {number} chain'
                seq, head, end = seq + 1, found[4].decode(), (file, number + 1)
                places[seq] = (file, number, head)
    path = os.path.join(folder, 'checkpoints')
    notes, fault = read_notes(open(path, 'rb').read() if os.path.exists(path) else b'')
    wrong = [note[0] for note in notes if keys and not signed_by(note, keys)] + ([fault] if fault else [])
    if wrong:
        return f'bad checkpoints {min(wrong)} note'
    if keys and seq and not notes:
        return 'bad checkpoints 1 unsigned'
    for claims in (notes, anchors):
        for _, _, records, hash_, _ in sorted(claims, key=lambda note: note[2]):
            if records in places and places[records][2] != hash_:
                return 'bad {} {} changed'.format(*places[records])
            if records > seq:
                return 'bad {} {} cut'.format(*end)
    return f'ok {seq} {head}'


def key_of(text):
    text = open(text).read() if os.path.exists(text) else text
    return base64.b64decode(''.join(line for line in text.split() if '-' not in line and line != 'PUBLIC'))[-32:]


if __name__ == '__main__':
    words, keys, anchors, folders = sys.argv[1:], [], [], []
    while words:
        word = words.pop(0)
        if word == '--key':
            keys.append(key_of(words.pop(0)))
        elif word == '--anchor':
            anchors += read_notes(open(words.pop(0), 'rb').read().replace(b'\r\n', b'\n').rstrip() + b'\n\n', True)[0]
        else:
            folders.append(word)
    verdicts = [check(folder, tuple(keys), anchors) for folder in folders]
    print('\n'.join(verdicts))
    sys.exit(8 if any(verdict.startswith('bad') for verdict in verdicts) else 0)
