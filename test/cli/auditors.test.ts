import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type } from '../examples/readme.js'
import { credentialsIn } from '../leaks/watch.js'
import { restated } from '../support/restated.js'
import type { SyncJson } from '../support/shapes.js'
import { world, type AuditLine, type World } from '../support/world.js'

const ROOT = join(import.meta.dirname, '..', '..')
const SYNC = ['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes', '--json']

/** The commands that the README gives in its section about the audit, as they stand there, comments taken off. */
function commandsOfSection(): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  const section = /^## The audit\n([\s\S]*?)^## /m.exec(readme)?.[1] ?? ''
  const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
  return blocks.flatMap((block) => block.split('\n').flatMap((line) => line.replace(/\s#.*$/, '').trim() || []))
}

test("every command of the README's section about the audit answers its question", { timeout: 300_000 }, async () => {
  const w = await world()
  const commands = commandsOfSection()
  expect(commands).toHaveLength(17)
  const [keygen = '', exported = '', anchor = '', verify = '', python = '', ...questions] = commands
  const env = { ...w.env, MLC_AUDIT_KEY_FILE: join(w.folder, 'audit.key') }
  const ask = (line: string, more: Record<string, string> = {}) => {
    const here = line.replace('examples/', `${join(ROOT, 'examples')}/`)
    return type(here, { cwd: w.folder, env: { ...env, ...more }, credentials: credentialsIn(w.env) })
  }
  expect(exported).toBe('export MLC_AUDIT_KEY_FILE="$PWD/audit.key"')
  expect(await ask(keygen)).toMatchObject({ code: 0 })
  const { run, replay, revising } = await story(w, env)
  expect(await ask(anchor)).toMatchObject({ code: 0 })
  const lines = w.audit()
  expect(await ask(verify)).toMatchObject({ code: 0, stdout: expect.stringContaining('unanchored 0\n') as string })
  expect((await ask(python)).stdout).toMatch(new RegExp(`^ok ${lines.length} `))

  const of = (event: string, is: (line: AuditLine) => boolean = () => true) =>
    lines.filter((l) => l.event === event && is(l))
  const revised = of('record.sent', (l) => l.key?.endsWith('-R2') === true)[0]
  const KEY = revised?.key?.replace('-R2', '') ?? ''
  const FAILED = of('record.failed', (l) => l.run === run)[0]?.key ?? ''
  const answers: (string | RegExp)[][] = []
  for (const question of questions) {
    const { code, stdout } = await ask(question, { REF: KEY, RUN: run, FAILED })
    expect([question, code]).toEqual([question, 0])
    answers.push(
      stdout
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().replace(/ {2,}/g, ' | ')),
    )
  }
  const who = /[^|@ ]+@\S+/.source
  const time = /\d{4}-\d\d-\d\dT[\d:.]+Z/.source
  const maps = ['accounts', 'cost-centres'].map((name) => `sha256:${sha256(w.read(`maps/${name}.csv`))}`)
  const expected: string[][] = [
    [
      `^${time} \\| ${KEY} \\| 88,215.40 \\| \\S+${KEY} \\| ${who}$`,
      `^${time} \\| ${KEY}-R2 \\| 88,000.00 \\| \\S+ \\| ${who}$`,
    ],
    ['^42 \\| finance \\| gl \\| \\S+ \\| \\{"gl.posting_period":"2026-07"\\} \\| America/Detroit$'],
    [`^${run} \\| 88,215.40 \\| \\[4\\]$`, `^${revising} \\| 88,000.00 \\| \\[4\\]$`],
    [`^${time} \\| ${maps.join('\\+')}$`],
    [`^${time} \\| ${KEY} \\| 88,215.40$`, `^${time} \\| ${KEY}-R2 \\| 88,000.00 \\| ${KEY} \\| 88,215.40$`],
    [`^${time} \\| --yes \\| demo \\| month end July \\| ${who}$`],
    [
      ...[1, 2].map(() => `^${time} \\| ${run} \\| MLC\\w{26} \\| MLC-Q020 \\| .+`),
      `^${time} \\| \\w{26} \\| MLC\\w{26} \\| MLC-Q020 \\| .+`,
    ],
    [
      `^${time} \\| ${run} \\| record.sent \\| `,
      `^${time} \\| ${run} \\| record.failed \\| .+ \\| MLC-Q020$`,
      `^${time} \\| ${run} \\| record.sent \\| `,
      `^${time} \\| ${run} \\| record.posted \\| `,
      `^${time} \\| ${revising} \\| record.same \\| `,
    ],
    [`^${time} \\| \\w{26} \\| procurement \\| record.failed \\| MLC\\w{26} \\| MLC-Q020$`],
    [`^${time} \\| ${KEY}-R2 \\| 05030 \\| 1100 \\| 88,215.40 \\| 88,000.00`],
    [
      '^2026-07 \\| plant-gl \\| budget \\| USD \\| 12 \\| 1,000,000.00 \\| 12 \\| 1,000,000.00$',
      '^2026-07 \\| plant-gl \\| net_amount \\| USD \\| 12 \\| 1,009,480.21 \\| 13 \\| 1,097,695.61$',
    ],
    ['^head [0-9a-f]{64}$'],
  ]
  for (const [index, answer] of answers.entries()) {
    expect([questions[index], answer]).toEqual([
      questions[index],
      (expected[index] ?? []).map((pattern) => expect.stringMatching(new RegExp(pattern)) as string),
    ])
  }
  expect(replay).not.toBe(run)
})

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A month end: two records that QAD refuses and a replay posts, an amount restated later, and one that is left open. */
async function story(w: World, env: Record<string, string>) {
  const runOf = (ran: { json<T>(): T }) => ran.json<SyncJson>().jobs[0]?.run ?? ''
  w.qad.fault({ fault: { is: 'unprocessable' }, on: '/bdoc/', skip: 3, times: 2 })
  const first = await w.run([...SYNC, '--reason', 'month end July'], { env })
  expect(first).toMatchObject({ code: 5 })
  const replayed = await w.run(['replay', '--yes', '--json'], { env })
  expect(replayed).toMatchObject({ code: 0 })
  const later = await world({ looker: restated('88215.40', '88000.00') })
  w.editConfig([w.servers.looker.url, later.servers.looker.url])
  const again = await w.run([...SYNC, '--reason', 'Leipzig invoice corrected'], { env })
  expect(again).toMatchObject({ code: 0 })
  w.qad.fault({ fault: { is: 'unprocessable' }, on: '/bdoc/', times: 1 })
  expect(await w.run(['sync', '--job', 'procurement', '--period', '2026-07', '--yes'], { env })).toMatchObject({
    code: 5,
  })
  return { run: runOf(first), replay: runOf(replayed), revising: runOf(again) }
}
