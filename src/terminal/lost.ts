import type { MlcError } from '../errors.js'
import { isClosing, unwritable } from './output.js'

/** Whether stdout took what it was given. */
export interface StdoutWatch {
  readonly isLost: boolean
  /** What a person was told of already is not told again. */
  told(error: MlcError): void
  /** What was told on stdout alone is told again where it was lost. */
  toldThere(error: MlcError): void
}

/**
 * Of a full disk Node hears only after the last word of a command. Then it must not end as if its data had arrived.
 * @param tell says it where stdout is not needed
 * @param isServing true of a command that stays whatever becomes of its words, and tells of them itself
 */
export function watchStdout(
  process: NodeJS.Process,
  tell: (error: MlcError) => void,
  isServing: () => boolean,
): StdoutWatch {
  const lost: NodeJS.ErrnoException[] = []
  const told: MlcError[] = []
  let isTold = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => void (isClosing(error) || lost.push(error)))
  process.on('exit', () => {
    const [first] = lost
    if (!first || isServing()) return
    const error = unwritable(first)
    for (const one of [...told, ...(isTold ? [] : [error])]) tell(one)
    // A code that says more stays.
    process.exitCode ||= error.exitCode
  })
  return {
    get isLost() {
      return lost.length > 0
    },
    toldThere: (error) => void told.push(error),
    told: ({ cause }) => void (isTold ||= lost.some((one) => one === cause)),
  }
}
