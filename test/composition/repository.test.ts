import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createRepository } from '../../src/composition/scheduling/files.js'

test('a file that cannot be removed is told, and one that is gone already is removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-repository-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'mlc-all.yml'))
  const repository = createRepository(() => Promise.resolve(folder))
  await expect(repository.remove('mlc-all.yml')).rejects.toMatchObject({ code: 'MLC-C050' })
  await expect(repository.remove('gone.yml')).resolves.toBeUndefined()
})
