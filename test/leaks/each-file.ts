import { afterAll, inject } from 'vitest'
import { endWatching } from './watch.js'

// Runs before each file of tests; what the file searched is known when it has ended.
afterAll(() => endWatching(inject('leakTally')))
