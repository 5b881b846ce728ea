import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createVoice } from '../../src/composition/voice.js'
import { MlcError } from '../../src/errors.js'
import { createTerminal } from '../../src/terminal/output.js'

test('a credential that was read stands in nothing that is said to people, an error that no command ends with included', () => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const streams = { stdout, stderr, stdoutIsTTY: false, stderrIsTTY: false }
  const voice = createVoice(createTerminal({ ...streams, env: {} }), (text) => text.replaceAll('hunter2', '[secret]'))
  voice.note('note hunter2')
  voice.done('done hunter2')
  voice.warn('warn hunter2')
  voice.trace('trace hunter2')
  voice.error(new MlcError('MLC-X001', 'error hunter2', { fix: 'fix hunter2' }))
  const said = String(stderr.read())
  expect(said.match(/\[secret\]/g)).toHaveLength(6)
  expect(said).not.toContain('hunter2')
})
