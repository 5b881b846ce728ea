import { expect, test } from 'vitest'
import { world } from '../support/world.js'
import { tally, watchForLeaks } from './watch.js'

/** What a careless line in mlc would do, run inside the real mlc of any test of the suite. */
const PLANTED: readonly (readonly [where: string, line: string, told: RegExp])[] = [
  [
    'on stdout',
    'process.stdout.write(process.env.MLC_QAD_PASSWORD)',
    /MLC_QAD_PASSWORD \(raw\) to stdout of mlc audit/,
  ],
  [
    'on stderr, as base64',
    'console.error(btoa(process.env.MLC_LOOKER_CLIENT_SECRET))',
    /MLC_LOOKER_CLIENT_SECRET \(base64, offset 0\) to stderr/,
  ],
  ['a credential that mlc never uses', 'console.log(process.env)', /AWS_SECRET_ACCESS_KEY \(first 12\) to stdout/],
  ['the password of a proxy', 'console.log(process.env.http_proxy)', /http_proxy \(percent\) to stdout/],
  [
    'in the state folder',
    'fs.mkdirSync(process.env.MLC_STATE_DIR, { recursive: true }); fs.writeFileSync(process.env.MLC_STATE_DIR + "/x", process.env.MLC_QAD_PASSWORD)',
    /MLC_QAD_PASSWORD \(raw\) to \S+\/state\/x/,
  ],
  [
    'in the working folder, in a file that was there before',
    'fs.appendFileSync("mlc.yaml", "\\n# " + process.env.MLC_QAD_PASSWORD)',
    /MLC_QAD_PASSWORD \(raw\) to \S+\/mlc\.yaml/,
  ],
  [
    'in the temporary folder',
    'fs.writeFileSync(os.tmpdir() + "/x", process.env.MLC_QAD_PASSWORD)',
    /MLC_QAD_PASSWORD \(raw\) to \S+\/run-\w+\/x/,
  ],
  [
    'in the name of a file',
    'fs.writeFileSync(os.tmpdir() + "/" + Buffer.from(process.env.MLC_QAD_PASSWORD).toString("hex"), "")',
    /MLC_QAD_PASSWORD \(hex\) to path /,
  ],
]

test.each(PLANTED)('a leak %s fails the test that started the process', async (_where, line, told) => {
  const w = await world()
  w.write('home/plant.mjs', `import fs from 'node:fs'\nimport os from 'node:os'\n${line}\n`)
  const env = { NODE_OPTIONS: `--import file://${w.folder}/home/plant.mjs` }
  await expect(w.run(['audit', 'verify'], { env })).rejects.toThrow(told)
})

test('a token that a server issued is looked for too', async () => {
  const w = await world()
  const line = `const end = process.stderr.write.bind(process.stderr)
import http from 'node:http'
const set = http.ClientRequest.prototype.setHeader
http.ClientRequest.prototype.setHeader = function (name, value) {
  if (name.toLowerCase() === 'authorization') end(value)
  return set.call(this, name, value)
}`
  w.write('home/plant.mjs', line)
  const env = { NODE_OPTIONS: `--import file://${w.folder}/home/plant.mjs` }
  const ran = w.run(['pull', '--look', '42', '--limit', '3'], { env })
  await expect(ran).rejects.toThrow(/token or cookie \d \(raw\) to stderr of mlc pull/)
})

test('what stood in a folder before is the test’s, and no leak', async () => {
  const w = await world()
  w.write('secret', w.env['MLC_QAD_PASSWORD'] ?? '')
  expect(await w.run(['help'])).toMatchObject({ code: 0 })
})

test('each process is counted, with its streams and files', async () => {
  const w = await world()
  const before = { ...tally }
  await w.run(['sync', '--job', 'plant-gl', '--period', '2026-07', '--yes'])
  await w.run(['audit', 'verify'])
  expect(tally.processes - before.processes).toBe(2)
  expect(tally.places - before.places).toBeGreaterThan(8)
  expect(tally.bytes).toBeGreaterThan(before.bytes + 10_000)
})

test('a credential in a file is known by its variable', async () => {
  const w = await world()
  w.write('qad', 'kept-in-a-file-of-the-user\n')
  const watched = watchForLeaks('mlc', { MLC_QAD_PASSWORD_FILE: `${w.folder}/qad` }, w.folder)
  expect(watched.ended({ stdout: 'it is kept-in-a-file-of-the-user' })?.message).toMatch(
    /^mlc leaked MLC_QAD_PASSWORD_FILE \(raw\) to stdout of mlc;/,
  )
  expect(watched.ended({ stdout: 'it is kept elsewhere' })).toBeNull()
})
