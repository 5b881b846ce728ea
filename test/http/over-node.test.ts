import { carryOver } from './servers.js'

// What holds of the door over got holds over Node's own client, which Looker is asked through.
carryOver('node')
await import('./connections.test.js')
await import('./proxy.test.js')
await import('./redirects.test.js')
await import('./tls.test.js')
await import('./waiting.test.js')
