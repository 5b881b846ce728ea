import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { LookerNodeSDK } from '@looker/sdk-node'

// The same pull as a script over Looker's own SDK does it. Arguments: the file to write, and `fetch` to write nothing.
const [file, only] = process.argv.slice(2)
const sdk = LookerNodeSDK.init40()
const body = { model: 'bulk', view: 'bulk', fields: process.env['BENCH_FIELDS'].split(',') }
const rows = await sdk.ok(sdk.run_inline_query({ result_format: 'json', limit: -1, cache: false, body }))
if (only !== 'fetch') {
  const out = createWriteStream(file)
  for (let at = 0; at < rows.length; at += 1000) {
    const lines = rows.slice(at, at + 1000).map((row) => `${JSON.stringify(row)}\n`)
    if (!out.write(lines.join(''))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}
