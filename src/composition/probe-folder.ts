import { access, readdir, stat } from 'node:fs/promises'
import { constants } from 'node:fs'
import { counted } from '../model/counted.js'
import { factsOf, type Fact } from '../qad/probe/fact.js'
import { createOutbox } from './outbox.js'

/** The folder of files for QAD: that it can be written to, and what stands in it. Nothing is put there. */
export async function folderFacts(dir: string): Promise<readonly Fact[]> {
  const facts = factsOf('write')
  const isFolder = await stat(dir).then(
    (found) => found.isDirectory(),
    () => null,
  )
  if (isFolder === null)
    return [
      facts.assumed('folder', `${dir} is not there yet`, {
        meaning: 'mlc makes it with the first file',
        change: 'Make it, with the permissions that the importer needs.',
      }),
    ]
  const mayWrite = await access(dir, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isFolder || !mayWrite) {
    const bearing = { meaning: 'nothing can be handed over', change: 'Correct qad.write.dir, or its permissions.' }
    const why = isFolder ? 'may not be written to' : 'is no folder'
    return [facts.contradicted('folder', `${dir} ${why}`, bearing, 'MLC-Q045')]
  }
  const kept = await createOutbox(dir).kept()
  const waiting = (await readdir(dir)).filter((name) => !name.startsWith('.')).length
  const open = kept.filter(({ isCertain }) => !isCertain).length
  const seen = `${dir} can be written to; ${counted(waiting, 'file')} not fetched, ${counted(kept.length, 'file')} handed over`
  if (open === 0) return [facts.confirmed('folder', seen)]
  return [
    facts.assumed('folder', `${seen}, ${open} of them in doubt`, {
      meaning: 'a run died while it handed them over: their records wait for a person',
      change: 'Look whether QAD took the file, then remove its copy in .mlc.',
    }),
  ]
}
