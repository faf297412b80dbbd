import { chmodSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import { FrameReader, frameHead } from './frames.ts'
import type { SocketCommand, SocketEvent } from './server.ts'

/*
 * The thread of the ABCI socket (server.ts): cuts what comes into frames, and writes answers. It knows nothing of what they say, so it is
 * there whenever CometBFT writes, whatever the node's own thread does.
 */

const { path, mostWaiting } = workerData as { path: string; mostWaiting: number }
const connections = new Map<number, Socket>()
/** Requests of each connection that are not answered yet. */
const waiting = new Map<number, number>()
let opened = 0

const server = createServer(socket => {
  const connection = opened++
  const reader = new FrameReader()
  connections.set(connection, socket)
  waiting.set(connection, 0)
  socket.on('data', chunk => {
    try {
      const frames = reader.push(chunk as Buffer)
      if (frames.length === 0) return
      tell(
        { kind: 'frames', connection, frames },
        frames.map(({ buffer }) => buffer),
      )
      if (count(connection, frames.length) >= mostWaiting) socket.pause()
    } catch (error) {
      tell({ kind: 'garbage', connection, what: (error as Error).message })
      socket.destroy()
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    connections.delete(connection)
    waiting.delete(connection)
    tell({ kind: 'closed', connection })
  })
})

parentPort!.on('message', (command: SocketCommand) => {
  const { connection } = command
  const socket = connections.get(connection)
  if (!socket) return
  if (command.kind === 'end') {
    socket.destroy()
    return
  }
  const { bytes } = command
  socket.cork()
  socket.write(frameHead(bytes.length))
  socket.write(bytes)
  socket.uncork()
  if (count(connection, -1) === mostWaiting - 1) socket.resume()
})

server.listen(path, () => {
  chmodSync(path, 0o600)
  tell({ kind: 'listening' })
})

function count(connection: number, more: number): number {
  const requests = waiting.get(connection)! + more
  waiting.set(connection, requests)
  return requests
}

function tell(event: SocketEvent, transfer: ArrayBuffer[] = []): void {
  parentPort!.postMessage(event, transfer)
}
