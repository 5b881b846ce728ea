import { quietNode } from './composition/quiet.js'

/** Where bin/mlc.js begins: what Node by itself would tell of this process is silenced before the rest of mlc is loaded. */
export async function start(): Promise<void> {
  quietNode(process)
  const { main } = await import('./main.js')
  await main()
}
