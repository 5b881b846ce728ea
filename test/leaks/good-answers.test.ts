import { describe, expect, test } from 'vitest'
import type { Canaries } from './canaries.js'
import { createStage, type Stage } from './runner.js'
import { json, PULL, SYNC } from './scenario.js'

/** Ways in which a good answer says more than it should: what QAD sends to a post, to a read, and Looker with its rows. */
type Words = (secret: string) => Response

const POSTS: readonly (readonly [string, Words])[] = [
  ['a refusal', (secret) => refusal({ message: `cannot serve ${secret}` })],
  ['a refusal that is cut', (secret) => refusal({ message: `${'x'.repeat(280)}${secret}` })],
  ['a field that is refused', (secret) => refusal({ message: 'no', fieldName: secret, fieldValue: secret })],
  ['a bare error', (secret) => json(200, { errors: [`no ${secret}`] })],
  ['a duplicate', (secret) => refusal({ message: `a record with ${secret} already exists` })],
]

const READS: readonly (readonly [string, Words])[] = [
  ['an error', (secret) => json(200, { errors: [{ message: `cannot serve ${secret}` }] })],
  ['an error that is cut', (secret) => json(200, { submitResult: { success: false }, message: `${PAD}${secret}` })],
  ['a column that is missing', (secret) => json(200, { data: [{ [secret]: '1' }] })],
  ['an amount that is none', (secret) => json(200, { data: [rowOf(secret)] })],
]

const RUNS: readonly (readonly [string, Words])[] = [
  ['a row that is an error', (secret) => json(200, [{ looker_error: `cannot run with ${secret}` }])],
  ['a row that is an error and cut', (secret) => json(200, [{ looker_error: `${PAD}${secret}` }])],
  ['an error beside the rows', (secret) => json(200, { rows: [], errors: [{ message: `${PAD}${secret}` }] })],
  ['an error in the metadata', (secret) => json(200, { metadata: { errors: [`no ${secret}`] }, rows: [] })],
  ['columns that were left out', (secret) => json(200, { metadata: { columns_truncated: secret }, rows: [] })],
  ['a column that nobody asked for', (secret) => json(200, [{ [secret]: 1 }])],
]

const PAD = 'x'.repeat(280)

function refusal(error: Readonly<Record<string, string>>): Response {
  return json(200, { submitResult: { success: false, errors: [error] } })
}

/** Every column that the demo reads, with the text in each. */
function rowOf(text: string): Readonly<Record<string, string>> {
  const columns = ['glCode', 'glDescription', 'glActive', 'ccCode', 'ccDescription', 'year', 'period', 'status']
  return Object.fromEntries(columns.map((column) => [column, text]))
}

interface Case {
  readonly args: readonly string[]
  readonly secret: keyof Canaries
  readonly words: readonly (readonly [string, Words])[]
  readonly meddle: (stage: Stage, answer: () => Response) => void
}

const CASES: Readonly<Record<string, Case>> = {
  'QAD’s to a post': {
    args: [...SYNC, '--debug'],
    secret: 'qadPassword',
    words: POSTS,
    meddle: (stage, answer) =>
      stage.meddle('qad', ({ path, method }) => (path.includes('/bdoc/') && method === 'POST' ? answer() : null)),
  },
  'QAD’s to a read': {
    args: [...SYNC, '--debug'],
    secret: 'qadPassword',
    words: READS,
    meddle: (stage, answer) => stage.meddle('qad', ({ path, method }) => (isRead(path, method) ? answer() : null)),
  },
  'QAD’s to the doctor': {
    args: ['doctor', '--json', '--debug'],
    secret: 'qadToken',
    words: READS,
    meddle: (stage, answer) => stage.meddle('qad', ({ path, method }) => (isRead(path, method) ? answer() : null)),
  },
  'Looker’s to a query': {
    args: [...SYNC, '--debug'],
    secret: 'lookerSecret',
    words: RUNS,
    meddle: (stage, answer) => stage.meddle('looker', ({ path }) => (path.includes('/run/') ? answer() : null)),
  },
  'Looker’s to a pull': {
    args: [...PULL, '--debug'],
    secret: 'lookerToken',
    words: RUNS,
    meddle: (stage, answer) => stage.meddle('looker', ({ path }) => (path.includes('/run/') ? answer() : null)),
  },
}

function isRead(path: string, method: string): boolean {
  return method === 'GET' && path.includes('/api/')
}

// A stage is built once for each kind of answer; what a run leaves behind there is searched again with the next.
describe.concurrent('a credential that a good answer repeats gets no further', () => {
  test.each(Object.entries(CASES))('%s', async (_name, { args, secret, words, meddle }) => {
    const stage = await createStage()
    try {
      for (const [how, answer] of words) {
        let told = 0
        meddle(stage, () => (told++, answer(stage.canaries[secret])))
        await stage.run(args)
        expect([how, stage.leaks()]).toEqual([how, []])
        expect([how, told > 0]).toEqual([how, true])
      }
    } finally {
      await stage.close()
    }
  })
})
