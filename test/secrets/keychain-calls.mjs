// node keychain-calls.mjs '[["getPassword","mlc","x"], …]': makes the calls of the built keychain and prints what each came to.
import { createKeychain } from '../../dist/keychain.js'

const keychain = createKeychain({ env: process.env })
const outcomes = []
for (const [name, ...given] of JSON.parse(process.argv[2])) {
  const outcome = await keychain[name](...given).then(
    (value) => ({ value: value ?? null }),
    ({ code, message, fix }) => ({ code, message, fix }),
  )
  outcomes.push(outcome)
}
process.stdout.write(JSON.stringify(outcomes))
