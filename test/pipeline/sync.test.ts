import { expect, test } from 'vitest'
import { MlcError } from '../../src/errors.js'
import { syncExitCode } from '../../src/pipeline/sync.js'

const INTERRUPTED = new MlcError('MLC-C031', 'stopped by SIGINT')
const TERMINATED = new MlcError('MLC-C032', 'stopped by SIGTERM')
const LATE = new MlcError('MLC-C030', 'the deadline of --timeout 1 has passed')

test.each<[name: string, codes: readonly number[], reason: MlcError | null, isWhole: boolean, code: number]>([
  ['nothing stopped it', [0, 5], null, true, 5],
  ['SIGINT between two jobs', [0], INTERRUPTED, false, 130],
  ['SIGTERM between two jobs', [0], TERMINATED, false, 143],
  ['SIGTERM after a job that failed', [6], TERMINATED, false, 143],
  ['SIGTERM in the last job', [143], TERMINATED, true, 143],
  ['a deadline between two jobs', [0], LATE, false, 75],
  ['a deadline after a job that is in doubt', [8], LATE, false, 8],
  ['a deadline that kept nothing from being done', [0, 0], LATE, true, 0],
])(
  'the exit code of several jobs is the one with which the process ends: %s',
  (_name, codes, reason, isWhole, code) => {
    const stop = new AbortController()
    if (reason) stop.abort(reason)
    expect(syncExitCode(codes, stop.signal, isWhole)).toBe(code)
  },
)
