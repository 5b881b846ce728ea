/** What mlc was about when the system refused. */
export type Doing = 'writing' | 'reading' | 'running'

/**
 * What the system's code of a failed call means, in words that follow `… cannot be written: `; an error without a code in its own.
 * The code itself, such as ENOSPC, tells those who know it, and nobody else.
 */
export function explainFault(fault: unknown, doing: Doing = 'writing'): string {
  const { code, message } = fault as NodeJS.ErrnoException
  if (typeof code !== 'string') return typeof message === 'string' && message !== '' ? message : 'an unexpected error'
  return OWN[doing].get(code) ?? WORDS.get(code) ?? `system error ${code}`
}

/** The words for a failed call on a file that nobody foresaw; null: it is something else. */
export function fileFault(fault: unknown): string | null {
  if (!(fault instanceof Error)) return null
  const { code = '', path = '', syscall = '' } = fault as NodeJS.ErrnoException
  const doing = READS.has(syscall) ? 'reading' : 'writing'
  if (!OWN[doing].has(code) && !WORDS.has(code)) return null
  return `${path === '' ? 'a file' : path} cannot be ${doing === 'reading' ? 'read' : 'written'}: ${explainFault(fault, doing)}`
}

/** What to do about it. */
export const FILE_FIX =
  'See that mlc may read and write there and that the disk has room, then run the same command again.'

const READS: ReadonlySet<string> = new Set([
  'read',
  'scandir',
  'stat',
  'lstat',
  'fstat',
  'realpath',
  'readlink',
  'access',
])

const WORDS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space left on the disk'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EFBIG', 'the file would be larger than allowed'],
  ['EROFS', 'the disk is read-only'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EIO', 'the disk reports an input/output error'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['ENAMETOOLONG', 'the name is too long'],
  ['ELOOP', 'its links lead in a circle'],
  ['EMFILE', 'too many files are open'],
  ['ENFILE', 'too many files are open'],
  ['ENOMEM', 'no memory left'],
  ['EBUSY', 'another program is using it'],
  ['ETXTBSY', 'another program is using it'],
  ['ENXIO', 'nothing is at its other end'],
  ['ENODEV', 'nothing is at its other end'],
  ['ESTALE', 'the network disk has lost it'],
  ['EPIPE', 'its reader has gone'],
])

const OWN: Readonly<Record<Doing, ReadonlyMap<string, string>>> = {
  writing: new Map([
    ['EEXIST', 'a file of that name is in the way'],
    ['EISDIR', 'a folder of that name is in the way'],
    ['ENOENT', 'the folder does not exist'],
  ]),
  reading: new Map([
    ['EISDIR', 'it is a folder'],
    ['ENOENT', 'it does not exist'],
  ]),
  running: new Map([
    ['ENOENT', 'there is no such program'],
    ['EACCES', 'it may not be run'],
  ]),
}
