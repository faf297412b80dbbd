import { OmgError } from '@omg/protocol'
import { describe, expect, test } from 'vitest'
import { decryptKey, encryptKey } from './keystore.ts'

/** The scrypt example of the Web3 Secret Storage definition. */
const STANDARD = {
  version: 3,
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'd172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262_144,
      r: 1,
      p: 8,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: '2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097',
  },
}
const KEY = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'
/** scrypt N for tests, so that they take no second each. */
const FAST = 1024

const codeOf = (error: unknown) => (error as OmgError).code

describe('keystore', () => {
  test('opens the file of the standard', async () => {
    expect(await decryptKey(STANDARD, 'testpassword')).toBe(KEY)
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
    const changed = structuredClone(file)
    changed.crypto.ciphertext = `00${changed.crypto.ciphertext.slice(2)}`
    expect(codeOf(await decryptKey(changed, 'secret').catch(error => error))).toBe('account.password')
    const renamed = { ...file, address: '00'.repeat(20) }
    expect(codeOf(await decryptKey(renamed, 'secret').catch(error => error))).toBe('account.keystore')
  })

  test.each([
    ['not an object', 'hello'],
    ['another version', { ...STANDARD, version: 1 }],
    ['another cipher', { ...STANDARD, crypto: { ...STANDARD.crypto, cipher: 'aes-256-gcm' } }],
    ['a short key', { ...STANDARD, crypto: { ...STANDARD.crypto, ciphertext: '00' } }],
    [
      'a work factor that would fill the memory',
      {
        ...STANDARD,
        crypto: { ...STANDARD.crypto, kdfparams: { ...STANDARD.crypto.kdfparams, n: 2 ** 30 } },
      },
    ],
  ])('refuses %s', async (_, file) => {
    const error = await decryptKey(file, 'testpassword').catch(caught => caught)
    expect(error).toBeInstanceOf(OmgError)
    expect(codeOf(error)).toBe('account.keystore')
  })
})
