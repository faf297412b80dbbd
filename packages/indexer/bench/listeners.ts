import { WebSocket } from 'ws'

/** Clients of a stream, in a process of their own: they count what they hear. */
process.on('message', ({ url, clients, channel, expected }: Record<string, string & number>) => {
  let open = 0
  let heard = 0
  const sockets = Array.from({ length: clients! }, () => {
    const socket = new WebSocket(url!, { perMessageDeflate: false })
    socket.once('open', () => {
      if (channel) socket.send(JSON.stringify({ op: 'subscribe', channel }))
      else ready()
    })
    let isReady = !channel
    socket.on('message', () => {
      // The snapshot of ours.
      if (!isReady) {
        isReady = true
        return ready()
      }
      if (++heard === clients! * expected!) {
        for (const each of sockets) each.terminate()
        process.send!('heard')
      }
    })
    return socket
  })
  function ready(): void {
    if (++open === clients!) process.send!('ready')
  }
})
process.once('disconnect', () => process.exit(0))
