import { createHash } from 'node:crypto'
import { writeFileDurably } from '../../src/config/durable.js'
import { createVault } from '../../src/secrets/vault.js'

// Saves ever higher counts until it is killed.
const vault = createVault(process.argv[2] ?? '', {
  write: writeFileDurably,
  alone: (change) => change(),
  passphrase: async () => 'correct horse',
  derive: async (passphrase, salt) => createHash('sha256').update(salt).update(passphrase).digest(),
})

for (let count = Number(await vault.get('count')) + 1; ; count++) {
  await vault.set('count', String(count))
  process.stdout.write('.')
}
