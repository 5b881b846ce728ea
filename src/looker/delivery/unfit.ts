import { MlcError, type ErrorCode } from '../../errors.js'

type UnfitCode = Extract<ErrorCode, `MLC-I${string}`>

/** Nothing can be read: broken JSON, CSV or zip, another encoding, or more than mlc takes. */
export function unreadable(what: string): MlcError {
  return new MlcError('MLC-I010', `the delivery cannot be read: ${what}`)
}

/** What a reader of API answers says of rows, said of a delivery. Outages and what is no refusal stay what they are. */
export function asUnfit(error: unknown, code: UnfitCode): unknown {
  if (!(error instanceof MlcError) || error.category !== 'guard' || !error.code.startsWith('MLC-L')) return error
  return new MlcError(code, error.message, { cause: error })
}
