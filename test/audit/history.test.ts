import { expect, test } from 'vitest'
import { withHistory } from '../../src/audit/history.js'
import { openJournal } from '../../src/audit/journal.js'
import { readAudit } from '../../src/audit/read.js'
import { ACTOR, clockAt, entry, put, sealed, tempFolder } from './support.js'

const KEYS = ['A', 'B', 'C'].map((letter) => `MLC${letter.repeat(26)}`) as [string, string, string]
const [A, B, C] = KEYS

test('the history knows what was recorded before, and what is recorded now', async () => {
  const at = '2026-03-10T06:00:00.000Z'
  const reference = { year: 2026, period: 3 }
  const lines = sealed([
    { event: 'record.sent', key: A, run: 'R1', job: 'gl', at, data: { reference: { ...reference, key: A } } },
    { event: 'record.posted', key: A, run: 'R1', job: 'gl' },
    { event: 'record.sent', key: B, run: 'R1', job: 'ap', at },
    { event: 'record.failed', key: C, run: 'R1', job: 'ap' },
  ])
  const folder = put(tempFolder(), '2026-03.jsonl', lines.join(''))
  const clock = clockAt('2026-03-11T06:00:00.000Z')
  const file = await openJournal(folder, { clock, actor: ACTOR })
  const { journal, history } = withHistory(file, () => readAudit(folder), clock)
  expect(await history.held('2026-03')).toEqual(new Set([A]))
  expect(await history.held('2026-04')).toEqual(new Set())
  expect(await history.open()).toEqual(new Map([[B, { run: 'R1', period: null, isWaited: false }]]))
  await journal.append(entry({ event: 'record.posted', key: B, run: 'R2', job: 'ap' }))
  await journal.append(entry({ event: 'record.sent', key: C, run: 'R2', job: 'gl' }))
  expect(await history.open()).toEqual(new Map([[C, { run: 'R2', period: null, isWaited: false }]]))
  history.waited([C])
  expect((await history.open()).get(C)).toMatchObject({ isWaited: true })
  await journal.append(entry({ event: 'record.unknown', key: C, run: 'R2', job: 'gl' }))
  expect((await history.open()).get(C)).toMatchObject({ isWaited: false })
  expect(await history.owners()).toEqual(
    new Map([
      [A, 'gl'],
      [B, 'ap'],
      [C, 'gl'],
    ]),
  )
  await file.close()
})
