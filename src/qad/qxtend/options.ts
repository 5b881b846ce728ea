import type { HttpDoorOptions, LimitOptions, ReadsOptions } from '../options.js'

/** The `qad:` section of mlc.yaml for kind qxtend, after defaults. */
export interface QxtendOptions {
  readonly domain: string
  readonly entity: string
  readonly auth: {
    /** session_context: user and password stand in the QDoc. basic: besides, in the Authorization header, for a server in front. */
    readonly type: 'session_context' | 'basic'
  }
  readonly http: HttpDoorOptions
  readonly qxtend: ReceiverOptions
  /** With the separator of their decimals. */
  readonly reads: ReadsOptions
  readonly limits: LimitOptions
}

interface ReceiverOptions {
  /** The whole address of the service. */
  readonly url: string
  readonly receiver: string
  readonly qdocVersion: string
  readonly scopeTransaction: boolean
  readonly suppressResponseDetail: boolean
  /** As it goes out; two quotes where there is no action. */
  readonly soapAction: string
  readonly decimalSeparator: '.' | ','
}
