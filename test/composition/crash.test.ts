import { expect, test } from 'vitest'
import { redactAll } from '../../src/composition/crash.js'

test.each(['QAD_USER_PASSWORD', 'LOOKER_CLIENT_ID_SECRET', 'MLC_QAD_PASSWORD'])(
  'the value of %s is taken out wherever it stands, whoever it is named after',
  (name) => {
    const env = { [name]: 'correcthorsebattery', USER: 'anna' }
    expect(redactAll('Error: login of anna with correcthorsebattery failed', env)).toBe(
      'Error: login of anna with [secret] failed',
    )
  },
)

test('a password that is the name of the user stays where it stands as the name', () => {
  const env = { MLC_QAD_USERNAME: 'warehouse', MLC_QAD_PASSWORD: 'warehouse' }
  expect(redactAll('login of warehouse failed: password=warehouse', env)).toBe(
    'login of warehouse failed: password=[secret]',
  )
})
