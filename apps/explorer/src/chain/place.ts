import { Fields } from '@omg/sdk'

/** The WebSocket address of the node, from the file beside the page that says it. */
export async function nodeUrlOf(file: string): Promise<string> {
  const response = await fetch(file, { cache: 'no-store' })
  if (!response.ok) throw new Error(`${file}: ${response.status}`)
  const url = new URL(new Fields(await response.json(), 'place').text('node'))
  if (!['ws:', 'wss:'].includes(url.protocol)) throw new Error(`${file} names no WebSocket address`)
  return url.href
}
