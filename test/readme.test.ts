import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { world } from './support/world.js'

const ROOT = join(import.meta.dirname, '..')
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

test('the ten lines of Python in the README agree with mlc, on a good audit and on a changed one', async () => {
  const script = /```python\n([\s\S]*?)```/.exec(README)?.[1] ?? ''
  expect(script).toContain('hashlib')
  const w = await world()
  await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes'])
  const verify = () => spawnSync('python3', ['-c', script], { cwd: join(w.folder, 'state'), encoding: 'utf8' })
  const good = verify()
  expect(good.stdout).toContain('intact')
  const head = (await w.run(['audit', 'verify', '--json'])).json<{ head: string }>().head
  expect(good.stdout.trim()).toBe(`intact ${head}`)
  const path = `state/audit/${new Date().toISOString().slice(0, 7)}.jsonl`
  w.write(path, w.read(path).replace('412880.15', '412880.16'))
  expect(verify().status).not.toBe(0)
})

test('every command that the README names has help, and no other command is there', () => {
  const help = execFileSync(process.execPath, [join(ROOT, 'bin', 'mlc.js'), '--help'], { encoding: 'utf8' })
  const offered = [...help.matchAll(/^ {2}([a-z]+)\b/gm)]
    .map((match) => match[1])
    .filter((name) => name !== undefined && name !== 'mlc')
  const named = new Set([...README.matchAll(/`mlc ([a-z]+)/g)].map((match) => match[1]))
  expect(offered.sort()).toEqual([...named].sort())
})

test('every file that the README and ARCHITECTURE link to is there, and every dependency has its reason', () => {
  for (const page of ['README.md', 'ARCHITECTURE.md']) {
    const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      (match) => match[1] ?? '',
    )
    for (const link of links) expect([link, existsSync(join(ROOT, dirname(page), link))]).toEqual([link, true])
  }
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  for (const name of Object.keys(dependencies)) expect(README).toContain(`| ${name} |`)
})
