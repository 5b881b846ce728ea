import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { acquireLock } from '../../src/audit/lock.js'
import { writeFileDurably } from '../../src/config/state.js'
import { MlcError } from '../../src/errors.js'
import { createVault, type VaultPorts } from '../../src/secrets/vault.js'
import type { Derive } from '../../src/secrets/vault-seal.js'

let path = ''
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlc-vault-'))
  path = join(folder, 'vault.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** As quick as a test with thousands of vaults needs it. The real one is used where nothing is said. */
const quick: Derive = async (passphrase, salt) => createHash('sha256').update(salt).update(passphrase).digest()

function vault(ports: Partial<VaultPorts> & { readonly words?: string } = {}) {
  const { words = 'correct horse' } = ports
  return createVault(path, {
    write: writeFileDurably,
    alone: (change) => change(),
    passphrase: async () => words,
    ...ports,
  })
}

async function refusal(act: Promise<unknown>): Promise<MlcError> {
  const error: unknown = await act.catch((refused: unknown) => refused)
  if (error instanceof MlcError) return error
  throw new Error(`not refused: ${String(error)}`)
}

describe('with the real key derivation', () => {
  test('entries are kept for the next process, replaced and deleted, and the file shows none of them', async () => {
    const before = vault()
    await before.set('looker:https://a', 'secret-1')
    await before.set('qad:https://b', 'secret-2')
    await before.set('looker:https://a', 'secret-3')
    const after = vault()
    expect(await after.get('looker:https://a')).toBe('secret-3')
    expect(await after.delete('looker:https://a')).toBe(true)
    expect(await after.delete('looker:https://a')).toBe(false)
    expect(await after.get('looker:https://a')).toBe(null)
    expect(await vault().get('qad:https://b')).toBe('secret-2')
    const text = readFileSync(path, 'latin1')
    expect(text).toMatch(/^\{"vault":1,"kdf":"scrypt","N":131072,"r":8,"p":1,"salt":"[^"]{24}","cipher":"aes-256-gcm",/)
    expect(text).not.toMatch(/secret|looker|qad/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('another passphrase opens nothing, and saves nothing over it', async () => {
    await vault().set('a', 'v')
    const before = readFileSync(path)
    const wrong = vault({ words: 'correct horsf' })
    for (const act of [() => wrong.get('a'), () => wrong.set('a', 'x'), () => wrong.delete('a'), () => wrong.check()]) {
      expect(await refusal(act())).toMatchObject({ code: 'MLC-S021', exitCode: 4 })
    }
    expect(readFileSync(path)).toEqual(before)
    expect(await vault().get('a')).toBe('v')
  })
})

test('no vault and no passphrase: nothing is in it, and nothing can be saved', async () => {
  const passphrase = async () => {
    throw new MlcError('MLC-S020', 'no passphrase')
  }
  expect(await vault({ passphrase }).get('a')).toBe(null)
  for (const act of [() => vault({ passphrase }).check(), () => vault({ passphrase }).set('a', 'v')])
    expect(await refusal(act())).toMatchObject({ code: 'MLC-S020', exitCode: 4 })
})

test('every bit of the file counts: whichever is flipped, the vault is refused', { timeout: 120_000 }, async () => {
  await vault({ derive: quick }).set('looker:https://a', 'a secret')
  const good = readFileSync(path)
  let derived = 0
  const derive: Derive = (...given) => {
    derived++
    return quick(...given)
  }
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bad = Buffer.from(good)
    bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    writeFileSync(path, bad, { mode: 0o600 })
    const { code } = await refusal(vault({ derive }).get('looker:https://a'))
    if (code !== 'MLC-S021') throw new Error(`bit ${bit}: ${code}`)
  }
  expect(derived).toBeGreaterThan(300)
  for (const cut of [0, 1, good.length - 1]) {
    writeFileSync(path, good.subarray(0, cut), { mode: 0o600 })
    expect((await refusal(vault({ derive }).get('a'))).code).toBe('MLC-S021')
  }
  writeFileSync(path, good)
  expect(await vault({ derive }).get('looker:https://a')).toBe('a secret')
})

describe('a planted file cannot make mlc work for hours, or too little: refused before any derivation', () => {
  const cases: readonly [what: string, from: RegExp, to: string][] = [
    ['64 GiB', /"N":131072/, '"N":67108864'],
    ['beyond 2^53', /"N":131072/, '"N":900719925474099'],
    ['too cheap', /"N":131072/, '"N":2'],
    ['no power of two', /"N":131072/, '"N":131073'],
    ['large r', /"r":8/, '"r":1073741823'],
    ['small r', /"r":8/, '"r":1'],
    ['large p', /"p":1/, '"p":1073741823'],
    ['negative', /"p":1/, '"p":-1'],
    ['a fraction', /"p":1/, '"p":1.5'],
    ['a short tag', /"sealed":"[^"]+"/, '"sealed":"AAAA"'],
    ['another cipher', /aes-256-gcm/, 'aes-128-gcm'],
    ['no salt', /"salt":"[^"]+"/, '"salt":""'],
    ['a long nonce', /"nonce":"[^"]+"/, `"nonce":"${'A'.repeat(64)}"`],
    ['other text', /^.*/s, '{"vault":1}'],
    ['a megabyte', /^.*/s, 'x'.repeat(1024 * 1024 + 1)],
  ]
  test.each(cases)('%s', async (_what, from, to) => {
    await vault({ derive: quick }).set('a', 'v')
    const text = readFileSync(path, 'utf8')
    expect(text).toMatch(from)
    writeFileSync(path, text.replace(from, to))
    const derive: Derive = () => Promise.reject(new Error('derived a key for it'))
    expect(await refusal(vault({ derive }).get('a'))).toMatchObject({ code: 'MLC-S021' })
  })
})

describe.skipIf(process.platform === 'win32')('only a plain file of this user alone is a vault', () => {
  const cases: readonly [what: string, plant: () => void, words: string][] = [
    ['readable by the group', () => chmodSync(path, 0o640), 'has mode 0640'],
    ['readable by all', () => chmodSync(path, 0o604), 'has mode 0604'],
    ['a link to it', () => replaceBy(() => symlinkSync(moved(), path)), 'is a symbolic link'],
    ['a pipe', () => replaceBy(() => execFileSync('mkfifo', ['-m', '600', path])), 'is not a plain file'],
    ['a folder', () => replaceBy(() => mkdirSync(path, 0o700)), 'is not a plain file'],
  ]
  const moved = () => join(folder, 'elsewhere.json')
  const replaceBy = (plant: () => void) => {
    writeFileSync(moved(), readFileSync(path), { mode: 0o600 })
    rmSync(path)
    plant()
  }
  test.each(cases)('%s', async (_what, plant, words) => {
    await vault({ derive: quick }).set('a', 'v')
    plant()
    for (const act of [() => vault({ derive: quick }).get('a'), () => vault({ derive: quick }).set('a', 'w')]) {
      const error = await refusal(act())
      expect(error).toMatchObject({ code: 'MLC-S022', exitCode: 4 })
      expect(error.message).toContain(words)
    }
  })

  test.skipIf(process.getuid?.() !== 0)("another user's file", async () => {
    await vault({ derive: quick }).set('a', 'v')
    chownSync(path, 4242, 4242)
    expect(await refusal(vault({ derive: quick }).get('a'))).toMatchObject({
      code: 'MLC-S022',
      message: expect.stringContaining('belongs to the user with number 4242') as string,
    })
  })

  test.each([0o000, 0o777])('made with mode 0600 under umask %o', async (mask) => {
    const before = process.umask(mask)
    try {
      await vault({ derive: quick }).set('a', 'v')
    } finally {
      process.umask(before)
    }
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })
})

test('two that save at the same time do not undo each other', async () => {
  const clock = { now: () => Date.now(), sleep: (ms: number) => pause(ms) }
  const alone: VaultPorts['alone'] = async (change) => {
    const lock = await acquireLock(`${path}.lock`, { clock, timeoutMs: 30_000, who: 'test' })
    return change().finally(() => lock.release())
  }
  const names = Array.from({ length: 10 }, (_, index) => `account-${index}`)
  await Promise.all(names.map((name) => vault({ derive: quick, alone }).set(name, `of ${name}`)))
  for (const name of names) expect(await vault({ derive: quick }).get(name)).toBe(`of ${name}`)
})

test('no nonce comes twice', async () => {
  const nonces = new Set<string>()
  const write = async (_path: string, text: string) => void nonces.add(/"nonce":"([^"]+)"/.exec(text)?.[1] ?? '')
  const kept = vault({ derive: quick, write })
  for (let save = 0; save < 2_000; save++) await kept.set('a', 'v')
  expect(nonces.size).toBe(2_000)
})

test('a disk that is full leaves the vault as it was', async () => {
  await vault({ derive: quick }).set('a', 'old')
  const write = (place: string, text: string) =>
    writeFileDurably(place, text, {
      open: async () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      },
      rename: async () => undefined,
      unlink: async () => undefined,
    })
  expect(await refusal(vault({ derive: quick, write }).set('a', 'new'))).toMatchObject({ code: 'MLC-C008' })
  expect(await vault({ derive: quick }).get('a')).toBe('old')
})

test.skipIf(process.platform === 'win32')(
  'killed at any moment of a save, it holds the old entry or the new one',
  async () => {
    await vault({ derive: quick }).set('count', '0')
    let last = 0
    for (let kill = 0; kill < 6; kill++) {
      await saveUntilKilled(5 + kill * 10)
      const count = Number(await vault({ derive: quick }).get('count'))
      expect(count).toBeGreaterThanOrEqual(last)
      last = count
    }
    expect(last).toBeGreaterThan(0)
  },
)

/** A process that saves 1, 2, 3, … is killed so many milliseconds after its first save. */
function saveUntilKilled(afterMs: number): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', new URL('vault-child.ts', import.meta.url).pathname, path],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMs))
    child.once('close', (_code, signal) => (signal === 'SIGKILL' ? resolve() : reject(new Error('ended by itself'))))
  })
}
