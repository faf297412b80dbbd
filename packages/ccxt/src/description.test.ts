import { describe, expect, it } from 'vitest'
import { DESCRIPTION } from './description.ts'
import { clientIdText } from './identity.ts'
import { omg } from './index.ts'

describe('the description', () => {
  const exchange = new omg()

  it('promises methods that are there, and not CCXT stubs', () => {
    const methods = Object.entries(exchange.has).flatMap(([name, has]) =>
      has && /^[a-z]+[A-Z]/.test(name) ? [name] : [],
    )
    const others = ['publicAPI', 'privateAPI']
    const missing = methods.filter(name => !others.includes(name) && typeof exchange[name] !== 'function')
    expect(missing).toEqual([])
    const stub = Object.getPrototypeOf(Object.getPrototypeOf(omg.prototype))
    expect(typeof stub.watchOrderBook).toBe('function')
    for (const name of methods.filter(name => /^(fetch|watch|unWatch)/.test(name) && !/L2|Ws$/.test(name))) {
      const source = String(exchange[name])
      expect(source, name).not.toContain('is not supported yet')
    }
  })

  it('is the same for every instance, whatever one was told', () => {
    const other = new omg({ options: { fund: false }, urls: { api: { public: 'http://elsewhere' } } })
    expect(other.options.fund).toBe(false)
    expect(new omg().options.fund).toBe(true)
    expect(DESCRIPTION.urls.api.public).toBe('http://127.0.0.1:8800')
  })

  it('features say what createOrder takes', () => {
    exchange.setMarkets([
      { id: '1', symbol: 'A/B', base: 'A', quote: 'B', spot: true, type: 'spot' },
    ] as never)
    expect(exchange.featureValue('A/B', 'createOrder', 'stopLossPrice')).toBe(true)
    expect(exchange.featureValue('A/B', 'createOrder', 'timeInForce.FOK')).toBe(true)
  })
})

describe('a name that a client gave', () => {
  const padded = (hex: string) => `0x${hex.padEnd(64, '0')}`
  it.each([
    [padded('71756f74652d31'), 'quote-1'],
    [padded(''), undefined],
    [padded('ff'), padded('ff')],
    [padded('0a41'), padded('0a41')],
    [`0x${'ab'.repeat(32)}`, `0x${'ab'.repeat(32)}`],
  ])('%s', (bytes, text) => {
    expect(clientIdText(bytes)).toBe(text)
  })
})
