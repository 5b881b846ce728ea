import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

// The same two files by DuckDB, amounts as text, as many threads as there are here. Arguments: the folder in which it is installed,
// figures, balances. A line of JSON: what was found, and what it cost.
const [folder, figures, balances] = process.argv.slice(2)
const { DuckDBInstance } = createRequire(join(folder, 'package.json'))('@duckdb/node-api')
const began = performance.now()
const connection = await (await DuckDBInstance.create(':memory:')).connect()
const side = (file) =>
  `read_csv('${file}', header = false, all_varchar = true, columns = {'account': 'VARCHAR', 'centre': 'VARCHAR', 'currency': 'VARCHAR', 'amount': 'VARCHAR'})`
const reader = await connection.runAndReadAll(`
  SELECT count(*) FILTER (f.amount = b.amount), count(*) FILTER (f.amount <> b.amount),
    count(*) FILTER (b.account IS NULL), count(*) FILTER (f.account IS NULL)
  FROM ${side(figures)} f FULL JOIN ${side(balances)} b USING (account, centre, currency)`)
const counts = reader.getRows()[0].map(Number)
const wallMs = performance.now() - began
const peakMiB = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024
process.stdout.write(`${JSON.stringify({ counts, wallMs, peakMiB })}\n`)
process.exit(0)
