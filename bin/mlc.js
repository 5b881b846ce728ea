#!/usr/bin/env node
import { readFileSync, writeSync } from 'node:fs'

const [first, ...rest] = process.argv.slice(2)
// Answered here, before anything is loaded: scripts ask for the version often.
const isVersion = (first === '--version' || first === '-V') && rest.length === 0
if (!isVersion || !isAnswered()) {
  const { quietNode } = await import('../dist/quiet.js')
  quietNode(process)
  const { main } = await import('../dist/main.js')
  await main()
}

/** False: stdout did not take it, and the whole program says why, or that nobody reads. */
function isAnswered() {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  try {
    writeSync(1, `${version}\n`)
    return true
  } catch {
    return false
  }
}
