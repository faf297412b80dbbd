/** A wallet that signs with a key that the test Ethereum holds. Runs in the page. */
export function announceWallet({ url, owner }: { url: string; owner: string }): void {
  const asked: string[] = []
  Object.assign(globalThis, { asked })
  const provider = {
    async request({ method, params = [] }: { method: string; params?: unknown[] }) {
      asked.push(method)
      if (method === 'eth_requestAccounts') return [owner]
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      const { result, error } = await response.json()
      if (error) throw Object.assign(new Error(error.message), { code: error.code })
      return result
    },
  }
  const info = { uuid: crypto.randomUUID(), name: 'Test wallet', rdns: 'network.omg.test', icon: 'data:,' }
  const announce = () =>
    dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }))
  addEventListener('eip6963:requestProvider', announce)
  announce()
}
