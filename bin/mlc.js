#!/usr/bin/env node
import { readFileSync } from 'node:fs'

const [first, ...rest] = process.argv.slice(2)
// Answered here, before anything is loaded: scripts ask for the version often.
if ((first === '--version' || first === '-V') && rest.length === 0) {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  process.stdout.write(`${version}\n`)
} else {
  const { quietNode } = await import('../dist/quiet.js')
  quietNode(process)
  const { main } = await import('../dist/main.js')
  await main()
}
