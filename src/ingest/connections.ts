import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Holds connections to a number. When one more comes, the one goes that has waited longest with nothing asked: somebody who opens
 * connections and says nothing keeps nobody out.
 */
export function keepRoom(server: Server, most: number): void {
  const silent = new Set<Socket>()
  let open = 0
  server.on('connection', (socket: Socket) => {
    if (++open > most) (silent.values().next().value ?? socket).destroy()
    silent.add(socket)
    socket.once('close', () => {
      open--
      silent.delete(socket)
    })
  })
  const hold = ({ socket }: IncomingMessage, response: ServerResponse) => {
    silent.delete(socket)
    response.once('finish', () => void (socket.destroyed || silent.add(socket)))
  }
  server.prependListener('request', hold)
  // Node tells of a request that waits for leave to send its body by an event of its own.
  server.prependListener('checkContinue', hold)
}
