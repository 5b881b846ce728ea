import { createTerminal } from '../../src/terminal/output.js'

// Run by output.test.ts behind `head`: writes until its reader goes away.
const { stdout, stderr, env } = process
const terminal = createTerminal({ stdout, stderr, stdoutIsTTY: false, stderrIsTTY: false, env })
for (let line = 0; !terminal.isClosed; line++) await terminal.data(`line ${line}\n`)
