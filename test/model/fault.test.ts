import { expect, test } from 'vitest'
import { unforeseen } from '../../src/composition/crash.js'
import { explainFault, fileFault, type Doing } from '../../src/model/fault.js'

const fault = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: as Node says it`), { code, ...more })

test.each<[code: string, doing: Doing, words: string]>([
  ['ENOSPC', 'writing', 'no space left on the disk'],
  ['EROFS', 'writing', 'the disk is read-only'],
  ['EACCES', 'writing', 'permission denied'],
  ['EACCES', 'running', 'it may not be run'],
  ['ENOENT', 'writing', 'the folder does not exist'],
  ['ENOENT', 'reading', 'it does not exist'],
  ['ENOENT', 'running', 'there is no such program'],
  ['EISDIR', 'writing', 'a folder of that name is in the way'],
  ['EISDIR', 'reading', 'it is a folder'],
  ['EWHATEVER', 'reading', 'system error EWHATEVER'],
])('%s is told in words: %s', (code, doing, words) => {
  expect(explainFault(fault(code), doing)).toBe(words)
})

test('an error without a code speaks for itself, and whatever else is thrown says nothing', () => {
  expect(explainFault(new Error('it was deleted meanwhile'))).toBe('it was deleted meanwhile')
  expect(explainFault({})).toBe('an unexpected error')
})

test('a file that nobody foresaw is named with what was wrong and what to do, and not in the words of Node', () => {
  const open = fault('EACCES', { syscall: 'scandir', path: '/srv/mlc/spool' })
  expect(fileFault(open)).toBe('/srv/mlc/spool cannot be read: permission denied')
  expect(unforeseen(open)).toMatchObject({ code: 'MLC-X001', fix: expect.stringContaining('has room') as string })
  expect(fileFault(fault('ENOSPC', { syscall: 'write' }))).toBe('a file cannot be written: no space left on the disk')
  expect(fileFault(fault('ECONNREFUSED', { syscall: 'connect' }))).toBeNull()
  expect(fileFault(new Error('else'))).toBeNull()
})
