import { OmgError } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { decryptKey, encryptKey } from './keystore.ts'

/** Written by `geth account import --lightkdf` for KEY, the example key of the Web3 Secret Storage definition. */
const GETH_FILE = {
  address: '008aeeda4d805471df9b2a5b0f38a0c3bcba786b',
  crypto: {
    cipher: 'aes-128-ctr',
    ciphertext: '3f84660c77b4e1f79dab6dc0ffa8d1dd15c0ab79efb4d68b91fac4f7693d548b',
    cipherparams: { iv: '6f762f0206ad1ce130f5898cd400b055' },
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 4096,
      p: 6,
      r: 8,
      salt: '00a1cc878d5db44ee0244d209f1d14345967c4311137738469032654a3a0759a',
    },
    mac: 'e2377ed30e5724cea415ec5dd1e4f235c3470286c70a20c1779d3b3bb1a556cb',
  },
  id: '45c3dda5-ac5e-41c0-a2f4-e8ec5e3d3210',
  version: 3,
}
const KEY = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
/** scrypt N for tests, so that they take no second each. */
const FAST = 1024

const codeOf = (error: unknown) => (error as OmgError).code

describe('keystore', () => {
  test('opens a file that geth wrote', async () => {
    expect(await decryptKey(GETH_FILE, 'testpassword')).toBe(KEY)
  })

  test('opens what it wrote, with any password', async () => {
    for (const password of ['correct horse battery staple', 'pässwörd 🔑', '        ']) {
      expect(await decryptKey(await encryptKey(KEY, password, FAST), password)).toBe(KEY)
    }
  })

  test('never writes the same file twice', async () => {
    const [one, two] = await Promise.all([encryptKey(KEY, 'secret', FAST), encryptKey(KEY, 'secret', FAST)])
    expect(one.crypto.ciphertext).not.toBe(two.crypto.ciphertext)
  })

  test('refuses a wrong password and a changed file', async () => {
    const file = await encryptKey(KEY, 'secret', FAST)
    expect(codeOf(await decryptKey(file, 'Secret').catch(error => error))).toBe('account.password')
    const ciphertext = `${file.crypto.ciphertext.startsWith('00') ? '01' : '00'}${file.crypto.ciphertext.slice(2)}`
    const changed = { ...file, crypto: { ...file.crypto, ciphertext } }
    expect(codeOf(await decryptKey(changed, 'secret').catch(error => error))).toBe('account.password')
    const renamed = { ...file, address: '00'.repeat(20) }
    expect(codeOf(await decryptKey(renamed, 'secret').catch(error => error))).toBe('account.keystore')
  })

  test('asks for as much as a wallet may, and no more', async () => {
    const file = await encryptKey(KEY, 'secret', FAST)
    const asking = (kdfparams: object) => ({
      ...file,
      crypto: { ...file.crypto, kdfparams: { ...file.crypto.kdfparams, ...kdfparams } },
    })
    for (const [n, r, p] of [
      [2 ** 20, 8, 1],
      [2 ** 10, 8, 2 ** 11],
      [1_000, 8, 1],
      [0, 8, 1],
      [2 ** 10, 0, 1],
      [2 ** 10, 8, 0.5],
    ]) {
      const error = await decryptKey(asking({ n, r, p }), 'secret').catch(caught => caught)
      expect(codeOf(error), `${n} ${r} ${p}`).toBe('account.keystore')
    }
  })

  test.each([
    ['not an object', 'hello'],
    ['nothing', null],
    ['half a file', { version: 3, address: GETH_FILE.address }],
    ['another derivation', { ...GETH_FILE, crypto: { ...GETH_FILE.crypto, kdf: 'pbkdf2' } }],
    [
      'a long salt',
      {
        ...GETH_FILE,
        crypto: {
          ...GETH_FILE.crypto,
          kdfparams: { ...GETH_FILE.crypto.kdfparams, salt: '00'.repeat(1_025) },
        },
      },
    ],
    ['another version', { ...GETH_FILE, version: 1 }],
    ['another cipher', { ...GETH_FILE, crypto: { ...GETH_FILE.crypto, cipher: 'aes-256-gcm' } }],
    ['a short key', { ...GETH_FILE, crypto: { ...GETH_FILE.crypto, ciphertext: '00' } }],
    [
      'a work factor that would fill the memory',
      {
        ...GETH_FILE,
        crypto: { ...GETH_FILE.crypto, kdfparams: { ...GETH_FILE.crypto.kdfparams, n: 2 ** 30 } },
      },
    ],
  ])('refuses %s', async (_, file) => {
    const error = await decryptKey(file, 'testpassword').catch(caught => caught)
    expect(error).toBeInstanceOf(OmgError)
    expect(codeOf(error)).toBe('account.keystore')
  })
})
