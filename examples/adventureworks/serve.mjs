#!/usr/bin/env node
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { demoEnvironment } from '../../dist/sandbox/company/company.js'
import { createLookerSandbox } from '../../dist/sandbox/looker/sandbox.js'
import { createQadSandbox } from '../../dist/sandbox/qad/sandbox.js'
import { serve } from '../../dist/sandbox/serve.js'
import { readFacts } from './facts.mjs'
import { lookerOf } from './looker.mjs'
import { qadOf } from './qad.mjs'

const USAGE = 'usage: node serve.mjs [DATA_FOLDER] [--port-looker N] [--port-qad N]'

/** Serves AdventureWorks as a Looker and a QAD on 127.0.0.1 and prints the environment that mlc.yaml here needs. */
async function main() {
  const { folder, ports } = readArguments()
  const facts = readFacts(folder)
  const looker = createLookerSandbox(lookerOf(facts))
  const qad = createQadSandbox(qadOf(facts))
  const servers = [await serve(looker, { port: ports.looker }), await serve(qad, { port: ports.qad })]
  process.stdout.write(environment({ LOOKER_URL: servers[0].url, QAD_URL: `${servers[1].url}/clouderp` }))
  process.stderr.write(`${facts.length} facts of ${folder}. Both servers run until you stop this with Ctrl-C.\n`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await Promise.all(servers.map((server) => server.close()))
  process.stderr.write(`Looker: ${looker.requests.length} requests, ${looker.queryCalls} of them queries\n`)
  process.stderr.write(`QAD: ${qad.requests.length} requests, ${qad.books.length} references in its books\n`)
}

function readArguments() {
  const options = { 'port-looker': { type: 'string', default: '0' }, 'port-qad': { type: 'string', default: '0' } }
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (positionals.length > 1) throw new Error('more than one folder')
  const ports = { looker: portOf(values['port-looker']), qad: portOf(values['port-qad']) }
  return {
    folder: positionals[0] ?? fileURLToPath(new URL('../../../shared/data/adventureworks', import.meta.url)),
    ports,
  }
}

function portOf(text) {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Error(`${text} is no port`)
}

/** A state folder of its own each time: these books begin empty, and mlc distrusts a QAD that has lost what it posted. */
function environment(addresses) {
  const variables = {
    ...addresses,
    ...demoEnvironment(),
    MLC_CONFIG: fileURLToPath(new URL('mlc.yaml', import.meta.url)),
    MLC_STATE_DIR: join(tmpdir(), `mlc-adventureworks-${randomBytes(4).toString('hex')}`),
  }
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`)
  return `# paste these lines into another terminal\n${lines.join('')}`
}

try {
  await main()
} catch (error) {
  process.stderr.write(`x ${error instanceof Error ? error.message : String(error)}\n  ${USAGE}\n`)
  // Not exitCode: where the second port is taken, the first server is up already and would keep the process alive.
  process.exit(2)
}
