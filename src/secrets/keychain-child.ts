// Run by keychain.ts as a process of its own: one question on stdin, one answer on stdout.

/** One call of the keychain, as it travels over stdin. */
export interface Question {
  readonly call: 'get' | 'set' | 'delete' | 'find'
  readonly service: string
  /** Empty for find. */
  readonly account: string
  /** Empty but for set. */
  readonly password: string
}

export type Reply =
  | { readonly value: string | boolean | null | readonly { account: string; password: string }[] }
  /** The library's own words; they quote paths of sockets, never an entry. */
  | { readonly fault: string }

// On Linux this library otherwise falls back to the kernel keyring without a word, and a reboot empties that one.
const PINNED = { linux: { store: 'secret-service' } } as const

/** Whoever asked has long gone: a call into a D-Bus that is silent would keep this process, and the secret in it, for ever. */
const OWN_END_MS = 5_000

async function main(): Promise<void> {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), OWN_END_MS).unref()
  const question = JSON.parse(await textOf(process.stdin)) as Question
  process.stdout.write(JSON.stringify(await answer(question)))
}

async function answer({ call, service, account, password }: Question): Promise<Reply> {
  try {
    const { AsyncEntry, findCredentialsAsync } = await import('@napi-rs/keyring')
    if (call === 'find') return { value: await findCredentialsAsync(service) }
    const entry = new AsyncEntry(service, account, PINNED)
    if (call === 'get') return { value: await entry.getPassword() }
    if (call === 'delete') return { value: await entry.deletePassword() }
    await entry.setPassword(password)
    return { value: null }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : 'unknown' }
  }
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

await main()
