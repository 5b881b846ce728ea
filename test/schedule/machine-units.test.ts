import { expect, test } from 'vitest'
import { alsoOfMachine, comparedWithInstalled } from '../../src/commands/schedule/machine-units.js'
import { systemdUnits } from '../../src/schedule/systemd.js'
import { scheduled } from './place.js'

const printed = systemdUnits(scheduled(), 'system').map(({ path, text }) => ({
  path: `/etc/systemd/system/${path}`,
  text,
}))
const [service, timer] = printed as [(typeof printed)[0], (typeof printed)[0]]
const machine = (files: Readonly<Record<string, string>>) => async (path: string) => files[path] ?? null
const ALL = { [service.path]: service.text, [timer.path]: timer.text }
const OTHER_TIME = timer.text.replace(/^OnCalendar=.*$/m, 'OnCalendar=*-*-* 05:00:00')

test.each<[what: string, files: Readonly<Record<string, string>>, lines: readonly RegExp[]]>([
  ['nothing is installed', {}, []],
  ['both units are', ALL, [/^Installed already, as printed: \S+service, \S+timer$/]],
  [
    'the timer has another time',
    { ...ALL, [timer.path]: OTHER_TIME },
    [/timer is installed and differs in line \d+: "OnCalendar=\*-\*-\* 05:00:00" there, "OnCal/],
  ],
  [
    'a line was added at the end',
    { ...ALL, [service.path]: `${service.text}Nice=5\n` },
    [/service is installed and differs in line \d+: "Nice=5" there, nothing printed/],
  ],
  ['the timer is not there', { [service.path]: service.text }, [/timer is not there$/]],
])('what is printed is compared with the machine where %s', async (_, files, lines) => {
  const found = await comparedWithInstalled(printed, machine(files))
  expect(found).toEqual(lines.map((line) => expect.stringMatching(line) as string))
})

test('a unit of the user is told of one of the machine that starts the same jobs of the same mlc.yaml, and of no other', async () => {
  expect(await alsoOfMachine(printed, machine({ ...ALL, [timer.path]: OTHER_TIME }))).toEqual([
    `${timer.path} starts the same jobs: keep one of the two (systemctl disable --now mlc-plant-gl.timer)`,
  ])
  const foreign = timer.text.replace('/srv/books/', '/srv/other/')
  expect(await alsoOfMachine(printed, machine({ [timer.path]: foreign }))).toEqual([])
  expect(await alsoOfMachine(printed, machine({}))).toEqual([])
})
