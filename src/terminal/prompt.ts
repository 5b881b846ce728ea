import type { Readable } from 'node:stream'
import type * as Inquirer from './questions.js'
import { MlcError, type ErrorCode } from '../errors.js'
import { visibleLine } from './sanitise.js'

/** Questions to a person. Without one every question is an error that names the flag to use instead; nothing ever waits. */
export interface Prompts {
  readonly canAsk: boolean
  /** @throws MLC-C006 naming `flag` when nobody can answer */
  select<T>(question: string, choices: readonly Choice<T>[], flag: string): Promise<T>
  /**
   * @param fault what is wrong with an answer, which is then asked for again; null when nothing is
   * @throws MLC-C006
   */
  input(question: string, flag: string, initial?: string, fault?: (answer: string) => string | null): Promise<string>
  /** One of the choices that what is typed leaves. @throws MLC-C006 */
  search<T>(question: string, found: (typed: string) => readonly Choice<T>[], flag: string): Promise<T>
  /** Shows a star for each character typed, never the text. @throws MLC-C006 */
  secret(question: string, flag: string): Promise<string>
  /** Yes or no, no by default. @throws MLC-C009 */
  confirm(question: string): Promise<boolean>
  /** Only the typed word "yes" is accepted; anything else is no. @throws MLC-C009 */
  typedYes(question: string): Promise<boolean>
}

interface Choice<T> {
  readonly name: string
  readonly value: T
  readonly description?: string
}

export interface PromptOptions {
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined }
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean | undefined }
  /** `--no-input`, or MLC_NO_INPUT. */
  readonly noInput: boolean
  readonly signal?: AbortSignal | undefined
}

/** The person left a question with Ctrl-C or Ctrl-D: like a signal it ends the command, and what stood behind the question is not done. */
export class PromptLeft extends MlcError {
  constructor(code: ErrorCode, cause: unknown) {
    super(code, 'the question was left; what it asked for was not done', {
      cause,
      fix: 'Run the same command again.',
    })
  }
}

export function createPrompts({ stdin, stderr, noInput, signal }: PromptOptions): Prompts {
  const canAsk = stdin.isTTY === true && stderr.isTTY === true && !noInput
  // stdout carries data only, so questions are asked on stderr.
  const ask = async <T>(question: (prompts: typeof Inquirer, context: Context) => Promise<T>): Promise<T> => {
    const prompts = await import('./questions.js')
    const ended = new AbortController()
    const unwatch = onEndOfInput(stdin, () => ended.abort())
    const leaving = AbortSignal.any([ended.signal, ...(signal ? [signal] : [])])
    try {
      return await question(prompts, { input: stdin, output: stderr, signal: leaving })
    } catch (cause) {
      if (cause instanceof Error && LEFT.has(cause.name)) throw new PromptLeft(whyLeft(signal), cause)
      throw cause
    } finally {
      unwatch()
    }
  }
  return {
    canAsk,
    async select(message, choices, flag) {
      if (!canAsk) throw needsFlag(message, flag)
      return ask((prompts, context) =>
        prompts.select({ message: visibleLine(message), choices: choices.map(shown) }, context),
      )
    },
    async input(message, flag, initial, fault = () => null) {
      if (!canAsk) throw needsFlag(message, flag)
      const question = {
        ...{ message: visibleLine(message), validate: (answer: string) => visibleOr(fault(answer), true) },
        ...(initial === undefined ? {} : { default: initial }),
      }
      return ask((prompts, context) => prompts.input(question, context))
    },
    async search(message, found, flag) {
      if (!canAsk) throw needsFlag(message, flag)
      const source = (typed: string | undefined) => found(typed ?? '').map(shown)
      return ask((prompts, context) => prompts.search({ message: visibleLine(message), source, pageSize: 12 }, context))
    },
    async secret(message, flag) {
      if (!canAsk) throw needsFlag(message, flag)
      return ask((prompts, context) => prompts.password({ message: visibleLine(message), mask: '*' }, context))
    },
    async confirm(message) {
      if (!canAsk) throw needsYes(message)
      return ask((prompts, context) => prompts.confirm({ message: visibleLine(message), default: false }, context))
    },
    async typedYes(message) {
      if (!canAsk) throw needsYes(message)
      const question = { message: `${visibleLine(message)} Only "yes" is accepted:` }
      return (await ask((prompts, context) => prompts.input(question, context))) === 'yes'
    },
  }
}

/** What every question is asked through. */
interface Context {
  readonly input: PromptOptions['stdin']
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

/**
 * Ctrl-D and a terminal that is gone close the input under the question, which would then wait for ever: nothing would hold the
 * process any more, and it would end in the middle with exit code 0. A question that is answered pauses its input too, so what
 * counts is whether it is still open a moment later.
 */
function onEndOfInput(stdin: Readable, left: () => void): () => void {
  const later = () => void setImmediate(left)
  if (stdin.readableEnded || stdin.destroyed) later()
  for (const event of ENDS) stdin.once(event, later)
  return () => {
    for (const event of ENDS) stdin.off(event, later)
  }
}

const ENDS = ['pause', 'end', 'close'] as const

function whyLeft(signal: AbortSignal | undefined): ErrorCode {
  const reason: unknown = signal?.aborted ? signal.reason : null
  return reason instanceof MlcError ? reason.code : 'MLC-C031'
}

const LEFT: ReadonlySet<string> = new Set(['ExitPromptError', 'AbortPromptError', 'CancelPromptError'])

function visibleOr(text: string | null, otherwise: true): string | true {
  return text === null ? otherwise : visibleLine(text)
}

function shown<T>({ name, value, description }: Choice<T>) {
  return {
    name: visibleLine(name),
    value,
    ...(description === undefined ? {} : { description: visibleLine(description) }),
  }
}

function needsFlag(question: string, flag: string): MlcError {
  return new MlcError('MLC-C006', `nobody can be asked here: ${question}`, { fix: `Add ${flag}.` })
}

function needsYes(question: string): MlcError {
  return new MlcError('MLC-C009', `nobody can be asked here: ${question}`)
}
