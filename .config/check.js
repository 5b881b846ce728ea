import { spawn } from 'node:child_process'

/** What `npm run check` runs, side by side, the longest first. Each prints when it has ended, so that they do not mix. */
const CHECKS = ['lint', 'format:check', 'types', 'deadcode', 'imports']

const codes = await Promise.all(CHECKS.map(check))
process.exitCode = codes.every((code) => code === 0) ? 0 : 1

async function check(name) {
  const child = spawn('npm', ['run', '--silent', name], { shell: process.platform === 'win32', stdio: 'pipe' })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) process.stdout.write(`${printed}\n${name} failed\n`)
  return code
}
