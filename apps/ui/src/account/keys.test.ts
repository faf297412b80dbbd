import { toHex } from '@omg/protocol'
import { encryptKey } from '@omg/sdk'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { backupIn } from './accounts.ts'
import { keyFrom } from './passkey.ts'
import { isSealedKey, openKey, sealKey } from './sealedKey.ts'
import { walletFrom } from './wallets.ts'

const KEY = `0x${'4f'.repeat(32)}` as const

describe('a sealed key', () => {
  it('comes back, under a wrapping key that nobody can take out', async () => {
    const sealed = await sealKey(KEY)
    expect(await openKey(sealed)).toBe(KEY)
    expect(sealed.wrapping.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('raw', sealed.wrapping)).rejects.toThrow()
    expect(toHex(new Uint8Array(sealed.sealed))).not.toContain('4f4f4f')
    expect(isSealedKey(sealed)).toBe(true)
    expect(isSealedKey({ ...sealed, wrapping: 'no key' })).toBe(false)
    expect(isSealedKey(null)).toBe(false)
  })
})

describe('a passkey', () => {
  it('gives one key for one answer, and another for another', async () => {
    const answer = new Uint8Array(32).fill(7)
    const key = await keyFrom(answer)
    expect(privateKeyToAccount(key).address).toMatch(/^0x/)
    expect(await keyFrom(answer.buffer)).toBe(key)
    expect(await keyFrom(new Uint8Array(32).fill(8))).not.toBe(key)
    // For ever the same: a change here would lose everybody's accounts.
    expect(key).toBe('0xb11903f7c920659188477288788802489f1272474978436b2553385056d6d748')
  })

  it('must answer with 32 bytes', async () => {
    await expect(keyFrom(new Uint8Array(31))).rejects.toMatchObject({ code: 'passkey.unsupported' })
  })
})

describe('a backup', () => {
  const key = { kind: 'key', privateKey: KEY }

  it('is the key, or a file with it as it was once written', () => {
    expect(backupIn(KEY)).toEqual(key)
    expect(backupIn(` ${KEY.slice(2).toUpperCase()}\n`)).toEqual(key)
    expect(backupIn(JSON.stringify({ address: '0x', privateKey: KEY }))).toEqual(key)
  })

  it('is a keystore, which shows nothing of the key', async () => {
    const text = JSON.stringify(await encryptKey(KEY, 'a long passphrase', 1_024))
    expect(text).not.toContain('4f4f4f')
    expect(backupIn(text)).toEqual({ kind: 'keystore', file: JSON.parse(text) })
  })

  it.each([
    '',
    'hello',
    KEY.slice(0, -1),
    `0x${'00'.repeat(32)}`,
    `0x${'ff'.repeat(32)}`,
    '{"privateKey":1}',
    'null',
  ])('is not "%s"', text => {
    expect(() => backupIn(text)).toThrow(expect.objectContaining({ code: 'account.key' }))
  })
})

describe('a wallet', () => {
  it('is heard of if it is one', () => {
    const provider = { request: async () => undefined }
    expect(walletFrom({ info: { name: 'A', rdns: 'a.b' }, provider })).toMatchObject({
      name: 'A',
      rdns: 'a.b',
    })
    expect(walletFrom({ info: { name: 'A'.repeat(99), rdns: 'a.b' }, provider })?.name).toHaveLength(40)
    for (const detail of [
      undefined,
      null,
      {},
      { info: {} },
      { info: { name: 'A', rdns: 'a' }, provider: {} },
    ]) {
      expect(walletFrom(detail)).toBeUndefined()
    }
  })
})
