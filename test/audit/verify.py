"""Checks mlc audits without mlc: python3 verify.py FOLDER...  One line each: `ok RECORDS HEAD` or `bad FILE LINE`."""
import hashlib, json, os, re, sys

LINE = re.compile(rb'(\{"v":1,"seq":([1-9]\d*),"at":"[^"]*Z","run":(?:null|"[^"]*"),"job":(?:null|".*"),"event":"[a-z.]+",'
                  rb'"key":(?:null|".*"),"data":\{.*\},"actor":\{.*\},"prev":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}')


def once(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError('a key twice')
    return dict(pairs)


def check(folder):
    seq, head = 0, '0' * 64
    files = sorted(f for f in os.listdir(folder) if re.fullmatch(r'\d{4}-\d\d\.jsonl', f))
    for file in files:
        with open(os.path.join(folder, file), 'rb') as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b'\n') and file == files[-1]:
                    continue  # torn by a crash: the next writer sets it aside
                found = LINE.fullmatch(line[:-1]) if line.endswith(b'\n') else None
                try:
                    json.loads(line.decode('utf-8'), object_pairs_hook=once)
                except ValueError:
                    found = None
                if not found or hashlib.sha256(found[1]).hexdigest() != found[4].decode() \
                        or int(found[2]) != seq + 1 or found[3].decode() != head:
                    return f'bad {file} {number}'
                seq, head = seq + 1, found[4].decode()
    return f'ok {seq} {head}'


for folder in sys.argv[1:]:
    print(check(folder))
