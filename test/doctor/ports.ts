import type { DoctorPorts } from '../../src/doctor/ports.js'

/** Ports of which a test gives those that its check asks; any other throws. */
export function portsWith(given: Partial<DoctorPorts>): DoctorPorts {
  const missing = (name: string) => () => {
    throw new Error(`the check asked for ${name}, which this test does not give`)
  }
  const names = ['config', 'state', 'auditFolder', 'secret', 'looker', 'qad', 'map', 'file', 'ingestSecret'] as const
  return {
    ...(Object.fromEntries(names.map((name) => [name, missing(name)])) as unknown as DoctorPorts),
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    authorities: () => Promise.resolve(null),
    proxyFor: () => null,
    redact: (text) => text,
    ...given,
  }
}
